using System.Text;
using Cluster.Logging;

namespace Cluster.UnitTests.Logging;

/// <summary>A file that fails and comes back, without a clock.</summary>
public sealed class LogFileTests
{
    private static readonly DateTime Start = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private readonly StringBuilder _written = new();
    private Exception? _failure;
    private int _opened;

    [Fact]
    public void Lines_are_written_to_a_file_that_is_opened_once()
    {
        using var file = NewFile();
        Assert.Equal(0, _opened);
        Assert.Null(file.Write("a", Start));
        Assert.Null(file.Write("b", Start));
        Assert.Equal("a\nb\n", _written.ToString());
        Assert.Equal(1, _opened);
    }

    [Fact]
    public void A_failure_is_given_once_and_the_file_is_left_alone_for_a_while()
    {
        using var file = NewFile();
        _failure = new IOException("full");
        Assert.Same(_failure, file.Write("a", Start));
        Assert.True(file.HasFailed);
        for (var line = 0; line < 10; line++)
        {
            Assert.Null(file.Write("b", Start + LogFile.RetryTime - TimeSpan.FromTicks(1)));
        }

        Assert.Equal(1, _opened);
    }

    [Fact]
    public void When_it_can_be_written_again_the_file_says_how_much_is_missing()
    {
        using var file = NewFile();
        _failure = new UnauthorizedAccessException("sealed");
        file.Write("a", Start);
        file.Write("b", Start);
        _failure = null;
        var later = Start + LogFile.RetryTime;
        Assert.Null(file.Write("c", later));
        Assert.False(file.HasFailed);
        Assert.Equal($"\n{LogLine.Of(later, "LogGap", "2 entries could not be written.")}\nc\n", _written.ToString());
    }

    [Fact]
    public void What_is_no_failure_of_the_disk_is_not_hidden()
    {
        using var file = NewFile();
        _failure = new ArithmeticException();
        Assert.Throws<ArithmeticException>(() => file.Write("a", Start));
    }

    private LogFile NewFile() => new(() =>
    {
        _opened++;
        return _failure is null ? new StringWriter(_written) { NewLine = "\n" } : throw _failure;
    });
}
