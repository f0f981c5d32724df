using System.Management.Automation;
using System.Text;
using ClusterHost.Commands.Objects;

namespace Microsoft.PowerShell.Commands;

/// <summary>Get-Content: the lines of a file, or all of it.</summary>
[Cmdlet(VerbsCommon.Get, "Content", DefaultParameterSetName = "Path")]
[OutputType(typeof(string), typeof(byte[]))]
public sealed class GetContentCommand : PathCommand
{
    [Parameter]
    public SwitchParameter Raw { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("First", "Head")]
    public long TotalCount { get; set; } = -1;

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Last")]
    public int Tail { get; set; } = -1;

    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    [Parameter]
    public long ReadCount { get; set; } = 1;

    [Parameter]
    [EncodingTransformation]
    public Encoding Encoding { get; set; } = TextEncodings.Default;

    [Parameter]
    public SwitchParameter Force { get; set; }

    protected override void ProcessRecord() => ForEachPath(path =>
    {
        foreach (string file in ResolveFiles(path))
        {
            if (!File.Exists(file))
            {
                throw Directory.Exists(file)
                    ? new UnauthorizedAccessException($"Unable to get content because it is a directory: '{file}'. Please use 'Get-ChildItem' instead.")
                    : new ItemNotFoundException($"Cannot find path '{file}' because it does not exist.");
            }
            Read(file);
        }
    });

    private void Read(string file)
    {
        if (AsByteStream)
        {
            WriteObject(File.ReadAllBytes(file), enumerateCollection: !Raw);
            return;
        }
        if (Raw)
        {
            WriteObject(File.ReadAllText(file, Encoding));
            return;
        }
        IEnumerable<string> lines = File.ReadLines(file, Encoding);
        if (TotalCount >= 0)
        {
            lines = lines.Take((int)Math.Min(TotalCount, int.MaxValue));
        }
        if (Tail >= 0)
        {
            lines = lines.TakeLast(Tail);
        }
        if (ReadCount != 1)
        {
            foreach (string[] block in lines.Chunk(ReadCount <= 0 ? int.MaxValue / 8 : (int)ReadCount))
            {
                WriteObject(block);
            }
            return;
        }
        foreach (string line in lines)
        {
            WriteObject(line);
        }
    }
}
