using System.Security.Cryptography;
using System.Text;

namespace Cluster.Machines.Agent;

/// <summary>
/// The script files of a master elsewhere, as files of this machine: in a folder that only this user can look into, under the names
/// that they have there. Thread-safe.
/// </summary>
internal sealed class ScriptCopies : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cluster-scripts-");

    /// <summary>Stores a script; one that has been stored before is the same file.</summary>
    /// <param name="name">Its name, without a directory.</param>
    /// <param name="text">Its text.</param>
    /// <returns>The full path of the copy.</returns>
    /// <exception cref="IOException">It cannot be written.</exception>
    public string Store(string name, string text)
    {
        // Whatever was sent: a name and nothing else. A folder for each text: the workers of a reload run beside those before it.
        var file = Path.GetFileName(name) is { Length: > 0 } plain and not ("." or "..") ? plain : "script.ps1";
        var folder = Path.Combine(_folder.FullName, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16]);
        lock (_folder)
        {
            var path = Path.Combine(folder, file);
            if (!File.Exists(path))
            {
                Directory.CreateDirectory(folder);
                var unfinished = path + ".new";
                File.WriteAllText(unfinished, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
                File.Move(unfinished, path);
            }

            return path;
        }
    }

    /// <summary>Deletes all copies.</summary>
    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A script may have put files beside itself that are in use; the system cleans its temp directory.
        }
    }
}
