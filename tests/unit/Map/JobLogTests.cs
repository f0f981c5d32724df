using System.Text;
using Cluster.Contracts;
using Cluster.Map;
using Cluster.Protocol;

namespace Cluster.UnitTests.Map;

/// <summary>The job log: what a second run leaves out, and what a broken file means.</summary>
public sealed class JobLogTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_has_succeeded_is_left_out_once_for_each_time()
    {
        Write(("A", MapItemStatus.Succeeded), ("B", MapItemStatus.Failed), ("A", MapItemStatus.Succeeded), ("C", MapItemStatus.Lost));
        using var log = JobLog.Open(_path, resumes: true, onlyFailed: false);
        Assert.Equal([false, false, true, true, true, true], "AAABCD".Select(hash => log.Takes(hash.ToString())));
    }

    [Fact]
    public void Only_what_has_failed()
    {
        Write(("A", MapItemStatus.Succeeded), ("B", MapItemStatus.Failed), ("C", MapItemStatus.TimedOut), ("C", MapItemStatus.Succeeded));
        using var log = JobLog.Open(_path, resumes: true, onlyFailed: true);
        Assert.Equal([false, true, false, false], "ABCD".Select(hash => log.Takes(hash.ToString())));
    }

    [Fact]
    public void Without_resuming_it_is_begun_anew()
    {
        Write(("A", MapItemStatus.Succeeded));
        JobLog.Open(_path, resumes: false, onlyFailed: false).Dispose();
        Assert.Equal(0, new FileInfo(_path).Length);
    }

    [Theory]
    [InlineData("{\"index\":1,\"hash\":\"B\",\"status\":\"Suc")]
    [InlineData("{")]
    [InlineData("\u00e4")]
    public void A_cut_off_last_line_is_taken_away_and_the_next_one_is_whole(string cut)
    {
        Write(("A", MapItemStatus.Succeeded));
        File.AppendAllText(_path, cut);
        using (var log = JobLog.Open(_path, resumes: true, onlyFailed: false))
        {
            Assert.False(log.Takes("A"));
            Assert.True(log.Takes("B"));
            log.Add(Result("B", MapItemStatus.Succeeded));
        }

        var lines = File.ReadAllLines(_path);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Contains("\"status\":\"Succeeded\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_line_of_something_else_is_an_error_that_names_it()
    {
        Write(("A", MapItemStatus.Succeeded));
        File.AppendAllText(_path, "hello\n");
        var error = Assert.Throws<ClusterException>(() => JobLog.Open(_path, resumes: true, onlyFailed: false));
        Assert.Equal(ClusterErrorId.JobLogInvalid, error.ErrorId);
        Assert.Contains("Line 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("precious notes")]
    [InlineData("first line\nsecond line without an end")]
    public void Another_file_that_was_given_by_mistake_is_left_as_it_is(string content)
    {
        File.WriteAllText(_path, content);
        Assert.Equal(ClusterErrorId.JobLogInvalid, Assert.Throws<ClusterException>(() => JobLog.Open(_path, resumes: true, onlyFailed: false)).ErrorId);
        Assert.Equal(content, File.ReadAllText(_path));
    }

    [Fact]
    public void Two_runs_cannot_have_the_same_log()
    {
        using var first = JobLog.Open(_path, resumes: false, onlyFailed: false);
        Assert.Equal(ClusterErrorId.JobLogInvalid, Assert.Throws<ClusterException>(() => JobLog.Open(_path, resumes: true, onlyFailed: false)).ErrorId);
    }

    [Fact]
    public void Equal_inputs_have_equal_hashes_and_others_not()
    {
        static string Hash(string text) => JobLog.HashOf(new MapItemBody(Encoding.UTF8.GetBytes(text), IsRaw: false));
        Assert.Equal(Hash("a"), Hash("a"));
        Assert.NotEqual(Hash("a"), Hash("b"));
    }

    private static MapItemResult Result(string hash, MapItemStatus status) =>
        new(new MapItem(0, "x", default) { Hash = hash }, status, TimeSpan.FromMilliseconds(1.5), [], []);

    private void Write(params (string Hash, MapItemStatus Status)[] entries)
    {
        using var log = JobLog.Open(_path, resumes: false, onlyFailed: false);
        foreach (var (hash, status) in entries)
        {
            log.Add(Result(hash, status));
        }
    }
}
