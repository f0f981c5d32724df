using System.Collections.Concurrent;
using System.Globalization;
using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;
using Cluster.Contracts;
using Cluster.Protocol;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace Cluster.Map;

/// <summary>
/// The log of a map: one line of JSON for each item that is done, with the hash of its input, so that a later run knows which items it
/// need not run again. Equal inputs are told apart by their number only. For one thread.
/// </summary>
internal sealed class JobLog : IDisposable
{
    private const int HashBytes = 16;
    private const string LineStart = "{\"index\":";

    /// <summary>The logs that this process has open: the locks of Unix are between processes only.</summary>
    private static readonly ConcurrentDictionary<string, bool> OpenLogs = new();

    private readonly Dictionary<string, int> _succeeded = [];
    private readonly HashSet<string> _failed = [];
    private readonly bool _onlyFailed;
    private readonly FileStream _file;
    private readonly StreamWriter _writer;

    private JobLog(FileStream file, bool onlyFailed)
    {
        _file = file;
        _onlyFailed = onlyFailed;
        _writer = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    /// <summary>Opens a log. No other run can have it open.</summary>
    /// <param name="path">The full path of the file.</param>
    /// <param name="resumes">Whether what is in it counts; otherwise it is begun anew.</param>
    /// <param name="onlyFailed">Whether only items that have failed are to be run.</param>
    /// <returns>The log.</returns>
    /// <exception cref="ClusterException">It cannot be read or written, or is no such log.</exception>
    public static JobLog Open(string path, bool resumes, bool onlyFailed)
    {
        FileStream? file = null;
        var isListed = false;
        try
        {
            // Others may read it meanwhile.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 1);
            isListed = OpenLogs.TryAdd(file.Name, true);
            Lock(file, isListed);
            if (!resumes)
            {
                file.SetLength(0);
            }

            var log = new JobLog(file, onlyFailed);
            log.Load(path);
            return log;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Close(file, isListed);
            throw new ClusterException(ClusterErrorId.JobLogInvalid, ErrorCategory.OpenError, $"The job log '{path}' cannot be opened: {exception.Message}", path, exception);
        }
        catch
        {
            Close(file, isListed);
            throw;
        }
    }

    /// <summary>What an input is known by.</summary>
    /// <param name="body">The encoded input.</param>
    /// <returns>The first half of its SHA-256, in hexadecimal digits.</returns>
    public static string HashOf(MapItemBody body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body.IsRaw ? body.Bytes.Span : InOrder(body), hash);
        return Convert.ToHexString(hash[..HashBytes]);
    }

    /// <summary>Whether the next item of the input with this hash is to be run. Asked once for each.</summary>
    /// <param name="hash">The hash of the input.</param>
    /// <returns>False if it has succeeded before, or only failed ones are wanted and it is none.</returns>
    public bool Takes(string hash)
    {
        if (_succeeded.TryGetValue(hash, out var count) && count > 0)
        {
            _succeeded[hash] = count - 1;
            return false;
        }

        return !_onlyFailed || _failed.Contains(hash);
    }

    /// <summary>Adds a line.</summary>
    /// <param name="result">The item that is done.</param>
    /// <exception cref="ClusterException">It cannot be written.</exception>
    public void Add(MapItemResult result)
    {
        using var json = new JsonTextWriter(_writer) { CloseOutput = false, Culture = CultureInfo.InvariantCulture };
        json.WriteStartObject();
        json.WritePropertyName("index");
        json.WriteValue(result.Item.Index);
        json.WritePropertyName("hash");
        json.WriteValue(result.Item.Hash);
        json.WritePropertyName("worker");
        json.WriteValue(result.Item.WorkerId);
        json.WritePropertyName("start");
        json.WriteValue(result.Item.SentAt);
        json.WritePropertyName("milliseconds");
        json.WriteValue(Math.Round(result.Duration.TotalMilliseconds, 3));
        json.WritePropertyName("attempts");
        json.WriteValue(result.Item.Attempt);
        json.WritePropertyName("status");
        json.WriteValue(result.Status.ToString());
        json.WriteEndObject();
        _writer.Write('\n');
    }

    /// <summary>Gives the lines to the system, which keeps them when this process dies.</summary>
    /// <exception cref="ClusterException">It cannot be written.</exception>
    public void Flush()
    {
        try
        {
            _writer.Flush();
        }
        catch (IOException exception)
        {
            throw new ClusterException(ClusterErrorId.JobLogInvalid, ErrorCategory.WriteError, $"The job log '{_file.Name}' cannot be written: {exception.Message}", _file.Name, exception);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        finally
        {
            try
            {
                _writer.Dispose();
            }
            catch (IOException)
            {
                // What could not be written is lost, which has been said.
            }

            Close(_file, isListed: true);
        }
    }

    /// <summary>Keeps other runs out. Windows does so by the way in which the file is open.</summary>
    private static void Lock(FileStream file, bool isListed)
    {
        if (!isListed)
        {
            throw new IOException("Another call of this session writes it.");
        }

        if (OperatingSystem.IsLinux())
        {
            file.Lock(0, 0);
        }
    }

    private static void Close(FileStream? file, bool isListed)
    {
        file?.Dispose();
        if (isListed)
        {
            OpenLogs.TryRemove(file!.Name, out _);
        }
    }

    /// <summary>The keys of a hashtable have another order in each process.</summary>
    private static byte[] InOrder(MapItemBody body)
    {
        if (!body.Bytes.Span.Contains((byte)'{'))
        {
            return body.Bytes.ToArray();
        }

        using var reader = new JsonTextReader(new StringReader(Encoding.UTF8.GetString(body.Bytes.Span))) { DateParseHandling = DateParseHandling.None, FloatParseHandling = FloatParseHandling.Decimal, MaxDepth = null };
        return Encoding.UTF8.GetBytes(Sorted(JToken.ReadFrom(reader)).ToString(Formatting.None));
    }

    private static JToken Sorted(JToken token) => token switch
    {
        JObject map => new JObject(map.Properties().OrderBy(property => property.Name, StringComparer.Ordinal).Select(property => new JProperty(property.Name, Sorted(property.Value)))),
        JArray list => new JArray(list.Select(Sorted)),
        _ => token,
    };

    /// <summary>Reads what is there. A last line without an end was cut off by the end of its process and is taken away.</summary>
    private void Load(string path)
    {
        var end = EndOfLastLine();
        var hasRest = end < _file.Length;
        _file.Position = 0;
        using (var reader = new StreamReader(_file, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true))
        {
            var line = reader.ReadLine();
            for (var number = 1; line is not null; number++)
            {
                var next = reader.ReadLine();
                if (next is not null || !hasRest)
                {
                    LoadLine(path, number, line);
                }
                else if (number == 1 && !line.StartsWith(LineStart, StringComparison.Ordinal) && !LineStart.StartsWith(line, StringComparison.Ordinal))
                {
                    // A file with one line and no end of it: only what is a log by its begin is cut.
                    throw NotALine(path, number, "It is not the begin of one.", null);
                }

                line = next;
            }
        }

        // Not before everything else in it was found to be a log: it may be another file, given by mistake.
        _file.SetLength(end);
        _file.Seek(0, SeekOrigin.End);
    }

    private void LoadLine(string path, int number, string line)
    {
        try
        {
            var entry = JObject.Parse(line);
            var hash = (string?)entry["hash"];
            var status = (string?)entry["status"];
            if (hash is null || !Enum.TryParse<MapItemStatus>(status, out var known))
            {
                throw new JsonException("It has no hash or no status.");
            }

            if (known == MapItemStatus.Succeeded)
            {
                _succeeded[hash] = _succeeded.GetValueOrDefault(hash) + 1;
            }
            else
            {
                _failed.Add(hash);
            }
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or FormatException)
        {
            throw NotALine(path, number, exception.Message, exception);
        }
    }

    private static ClusterException NotALine(string path, int number, string why, Exception? cause) => new(
        ClusterErrorId.JobLogInvalid, ErrorCategory.InvalidData, $"Line {number} of '{path}' is not one of a job log: {why}", path, cause);

    private long EndOfLastLine()
    {
        for (var end = _file.Length; end > 0; end--)
        {
            _file.Position = end - 1;
            if (_file.ReadByte() == '\n')
            {
                return end;
            }
        }

        return 0;
    }
}
