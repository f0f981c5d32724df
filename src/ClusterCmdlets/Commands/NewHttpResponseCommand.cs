using System.Collections;
using System.Management.Automation;
using Cluster.Api;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>
/// Makes an answer for a handler of <c>Start-WorkerHttpServer</c>, with a status, headers, a file, a stream or a redirect.
/// </summary>
/// <remarks>
/// A handler whose answer is 200 with a text, bytes or an object needs no response: it writes the value itself.
/// </remarks>
/// <seealso cref="StartWorkerHttpServerCommand"/>
[Cmdlet(VerbsCommon.New, "HttpResponse", DefaultParameterSetName = BodySet)]
[OutputType(typeof(HttpResponse))]
public sealed class NewHttpResponseCommand : PSCmdlet
{
    private const string BodySet = "Body";
    private const string FileSet = "File";
    private const string StreamSet = "Stream";
    private const string RedirectSet = "Redirect";

    /// <summary>The status code. Default: 200; for a redirect, 302.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(200, 599)]
    public int StatusCode { get; set; } = 200;

    /// <summary>The body: a text, bytes, or an object that is sent as JSON.</summary>
    [Parameter(Position = 1, ValueFromPipeline = true, ParameterSetName = BodySet)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? Body { get; set; }

    /// <summary>A file that is sent as the body.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet)]
    [ValidateNotNullOrEmpty]
    public string File { get; set; } = "";

    /// <summary>A stream that is sent as the body and then closed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StreamSet)]
    [ValidateNotNull]
    public Stream Stream { get; set; } = System.IO.Stream.Null;

    /// <summary>The address that the client is sent to.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RedirectSet)]
    [ValidateNotNull]
    public Uri? Redirect { get; set; }

    /// <summary>
    /// The media type of the body. Default: text/plain for a text, application/octet-stream for bytes and streams,
    /// application/json for objects, by its extension for a file.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ContentType { get; set; }

    /// <summary>Headers by their names. A list as a value is sent as several headers, as cookies need it.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary Header { get; set; } = new Hashtable();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var header = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry item in Header)
        {
            header[item.Key.ToString()!] = item.Value;
        }

        if (Redirect is not null)
        {
            // As it was written if it is relative; otherwise without what a header cannot hold.
            header["Location"] = Redirect.IsAbsoluteUri ? Redirect.AbsoluteUri : Redirect.OriginalString;
        }

        WriteObject(new HttpResponse
        {
            StatusCode = ParameterSetName == RedirectSet && !MyInvocation.BoundParameters.ContainsKey(nameof(StatusCode)) ? 302 : StatusCode,
            ContentType = ContentType,
            Header = header,
            Body = ParameterSetName == StreamSet ? Stream : Body is PSObject { BaseObject: string or byte[] or System.IO.Stream } wrapped ? wrapped.BaseObject : Body,
            FilePath = ParameterSetName == FileSet ? FullPath() : null,
        });
    }

    private string FullPath()
    {
        var path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(File, out var provider, out _);
        if (provider.Name != "FileSystem" || !System.IO.File.Exists(path))
        {
            var exception = new ClusterException(ClusterErrorId.ResponseInvalid, ErrorCategory.ObjectNotFound, $"There is no file '{File}'.", File);
            ThrowTerminatingError(exception.ErrorRecord);
        }

        return path;
    }
}
