namespace Cluster.Api;

/// <summary>A file that a form has sent. It lives as long as its request.</summary>
public sealed class HttpFormFile
{
    private readonly Func<Stream> _open;

    internal HttpFormFile(string name, string fileName, string? contentType, long length, Func<Stream> open)
    {
        Name = name;
        FileName = fileName;
        ContentType = contentType;
        Length = length;
        _open = open;
    }

    /// <summary>The name of the form's field.</summary>
    public string Name { get; }

    /// <summary>The file's name as the client gives it: nothing to be trusted.</summary>
    public string FileName { get; }

    /// <summary>The file's type as the client gives it, or null.</summary>
    public string? ContentType { get; }

    /// <summary>Its size in bytes.</summary>
    public long Length { get; }

    /// <summary>Opens it.</summary>
    /// <returns>Its bytes; the caller closes it.</returns>
    public Stream OpenRead() => _open();

    /// <summary>Reads it as a whole.</summary>
    /// <returns>Its bytes.</returns>
    public byte[] ReadAllBytes()
    {
        using var stream = _open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <summary>Writes it into a file, which must not exist.</summary>
    /// <param name="path">The full path of the file.</param>
    public void SaveAs(string path)
    {
        using var stream = _open();
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        stream.CopyTo(file);
    }

    /// <inheritdoc/>
    public override string ToString() => FileName;
}
