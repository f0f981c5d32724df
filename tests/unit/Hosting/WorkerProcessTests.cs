using Cluster.Hosting;
using Cluster.UnitTests.Transport;

namespace Cluster.UnitTests.Hosting;

/// <summary>The process of a worker, without a worker in it.</summary>
public sealed class WorkerProcessTests
{
    /// <summary>A table, a meter and the recycle watch may ask for memory and time in the same moment.</summary>
    [UnixFact]
    public void Usage_can_be_asked_for_by_several_threads_at_once()
    {
        using var process = Start("sleep", "600");
        try
        {
            var failures = new List<Exception>();
            var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
            {
                try
                {
                    for (var i = 0; i < 3000; i++)
                    {
                        Assert.NotNull(process.Usage);
                    }
                }
                catch (Exception exception)
                {
                    lock (failures)
                    {
                        failures.Add(exception);
                    }
                }
            })).ToArray();
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            Assert.Empty(failures);
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Characters may be split between two reads, and the last line may have no end.</summary>
    [UnixFact]
    public async Task Lines_are_read_whole()
    {
        var lines = new List<string>();
        using var process = Start("sh", "-c", @"printf 'gr\303'; sleep 0.2; printf '\274n\r\n\nlast \342'", lines);
        await process.Exited;
        await process.FinishDrainingAsync();
        Assert.Equal(["grün", string.Empty, "last \uFFFD"], lines);
    }

    /// <summary>A native program writes in the encoding of its locale; the worker itself writes UTF-8, whatever that is.</summary>
    [UnixFact]
    public async Task Bytes_that_are_not_utf8_are_read_by_the_locale()
    {
        var lines = new List<string>();
        using var process = Start("sh", ["-c", @"printf 'gr\374n\n'; printf 'gr\303\274n \342\202\254\n'; printf '\351'"], lines, "de_DE.ISO-8859-1@euro");
        await process.Exited;
        await process.FinishDrainingAsync();
        Assert.Equal(["grün", "grün €", "é"], lines);
    }

    private static WorkerProcess Start(string program, params string[] arguments) => Start(program, arguments, []);

    private static WorkerProcess Start(string program, string first, string second, List<string> lines) => Start(program, [first, second], lines);

    private static WorkerProcess Start(string program, string[] arguments, List<string> lines, string locale = "C.UTF-8") => WorkerProcess.Start(
        program, arguments, new Dictionary<string, string?> { ["LC_ALL"] = locale }, "/", (line, _) => lines.Add(line));
}
