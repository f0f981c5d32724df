using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>When a worker is due to be replaced by a fresh one.</summary>
public sealed class RecyclePolicyTests
{
    [Fact]
    public void Without_a_limit_nobody_is_due()
    {
        Assert.False(new RecyclePolicy().IsOn);
        Assert.Null(new RecyclePolicy().Exceeded(long.MaxValue, long.MaxValue, TimeSpan.MaxValue, 1));
    }

    [Theory]
    [InlineData(99, 0, false)]
    [InlineData(100, 0, true)]
    [InlineData(79, 1, false)]
    [InlineData(80, 1, true)]
    public void Tasks_are_counted_and_chance_spreads_the_limit(long tasks, double random, bool isDue) =>
        Assert.Equal(isDue, new RecyclePolicy(MaxTasks: 100).Exceeded(tasks, 0, TimeSpan.Zero, random) is not null);

    [Fact]
    public void One_task_is_the_least() =>
        Assert.Null(new RecyclePolicy(MaxTasks: 1).Exceeded(0, 0, TimeSpan.Zero, 1));

    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public void Memory_is_not_left_to_chance(long memory, bool isDue) =>
        Assert.Equal(isDue, new RecyclePolicy(MaxMemory: 1000).Exceeded(0, memory, TimeSpan.Zero, 1) is not null);

    [Theory]
    [InlineData(59, 0, false)]
    [InlineData(60, 0, true)]
    [InlineData(48, 1, true)]
    public void Age_counts(int seconds, double random, bool isDue) =>
        Assert.Equal(isDue, new RecyclePolicy(MaxAge: TimeSpan.FromMinutes(1)).Exceeded(0, 0, TimeSpan.FromSeconds(seconds), random) is not null);

    [Theory]
    [InlineData(2001, false)]
    [InlineData(2002, true)]
    public void Twice_the_memory_is_too_much_to_wait_for(long memory, bool isExcessive)
    {
        Assert.Equal(isExcessive, new RecyclePolicy(MaxMemory: 1000).IsExcessive(memory));
        Assert.False(new RecyclePolicy(MaxTasks: 1).IsExcessive(memory));
    }
}
