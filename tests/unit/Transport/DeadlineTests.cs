using Cluster.Contracts;

namespace Cluster.UnitTests.Transport;

/// <summary>Points in time that are very far away.</summary>
public sealed class DeadlineTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(3_000_000)]
    [InlineData(1)]
    public void What_is_left_is_a_time_that_a_monitor_waits_for(int seconds)
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(seconds));
        Assert.False(deadline.HasPassed);
        Assert.InRange(deadline.Remaining.TotalMilliseconds, 1, int.MaxValue);
    }

    [Fact]
    public void Never_and_what_has_passed_stay_what_they_are()
    {
        Assert.Equal(Timeout.InfiniteTimeSpan, Deadline.Never.Remaining);
        Assert.Equal(Timeout.InfiniteTimeSpan, Deadline.After(Timeout.InfiniteTimeSpan).Remaining);
        Assert.Equal(TimeSpan.Zero, Deadline.After(TimeSpan.Zero).Remaining);
    }
}
