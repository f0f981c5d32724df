using System.Management.Automation;
using System.Text;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>What Set-Content and Add-Content share: the input is written to the files line by line.</summary>
public abstract class WriteContentCommand : PathCommand, IDisposable
{
    private List<StreamWriter>? _writers;

    [Parameter(Position = 0, Mandatory = true, ParameterSetName = "Path", ValueFromPipelineByPropertyName = true)]
    public override string[] Path { get; set; } = [];

    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? Value { get; set; }

    [Parameter]
    public SwitchParameter NoNewline { get; set; }

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    [EncodingTransformation]
    public Encoding Encoding { get; set; } = TextEncodings.Default;

    [Parameter]
    public SwitchParameter Force { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }
    }

    /// <summary>Whether what stands in the file is kept.</summary>
    protected abstract bool Append { get; }

    protected override void ProcessRecord()
    {
        _writers ??= Open();
        foreach (object? value in Value ?? [])
        {
            object? plain = value is PSObject wrapped ? wrapped.BaseObject : value;
            foreach (StreamWriter writer in _writers)
            {
                Write(writer, plain, value);
            }
            if (PassThru)
            {
                WriteObject(value);
            }
        }
    }

    protected override void EndProcessing() => Close();

    private void Write(StreamWriter writer, object? plain, object? value)
    {
        if (AsByteStream)
        {
            writer.BaseStream.WriteByte(LanguagePrimitives.ConvertTo<byte>(plain));
        }
        else if (NoNewline)
        {
            writer.Write(value?.ToString());
        }
        else
        {
            writer.WriteLine(value?.ToString());
        }
    }

    private List<StreamWriter> Open()
    {
        var writers = new List<StreamWriter>();
        ForEachPath(path =>
        {
            IEnumerable<string> files = WildcardPattern.ContainsWildcardCharacters(path)
                ? ResolveFiles(path)
                : [SessionState.Path.GetUnresolvedProviderPathFromPSPath(path)];
            foreach (string file in files)
            {
                if (Force && File.Exists(file))
                {
                    File.SetAttributes(file, File.GetAttributes(file) & ~FileAttributes.ReadOnly);
                }
                writers.Add(new StreamWriter(file, Append, Encoding));
            }
        });
        return writers;
    }

    private void Close()
    {
        List<StreamWriter>? writers = _writers;
        _writers = null;
        writers?.ForEach(writer => writer.Dispose());
    }
}
