using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>Which workers count as hung, beat by beat. No clock anywhere.</summary>
public sealed class HangDetectorTests
{
    private const int Worker = 7;
    private readonly HangDetector _judge = new(4);

    [Fact]
    public void Four_silent_beats_after_the_first_question_are_a_hang() =>
        Assert.Equal([false, false, false, false, true], Classify(1, 1, 1, 1, 1));

    [Fact]
    public void Any_sign_of_life_starts_the_count_anew() =>
        Assert.Equal([false, false, false, false, false, false, false, false, true], Classify(1, 1, 1, 1, 3, 3, 3, 3, 3));

    [Fact]
    public void A_master_that_is_busy_with_what_has_come_blames_nobody() =>
        Assert.DoesNotContain(true, Classify(1, 2, 2, 2, 2, 2, 2, 2));

    [Fact]
    public void The_count_begins_when_the_master_waits_again() =>
        Assert.Equal([false, false, false, false, false, false, false, true], Classify(2, 2, 2, 3, 3, 3, 3, 3));

    [Fact]
    public void A_worker_that_answers_every_beat_is_alive_for_ever() =>
        Assert.DoesNotContain(true, Classify([.. Enumerable.Range(0, 1000).Select(beat => (2L * beat) + 1)]));

    [Fact]
    public void Workers_are_judged_apart()
    {
        for (var beat = 0; beat < 10; beat++)
        {
            _judge.Beat();
            Assert.False(_judge.IsHung(1, (2 * beat) + 1));
            Assert.Equal(beat >= 4, _judge.IsHung(2, 1));
        }
    }

    [Fact]
    public void A_worker_that_was_left_out_of_a_beat_is_new()
    {
        Classify(1, 1, 1, 1);
        _judge.Beat();
        Assert.Equal([false, false, false, false, true], Classify(1, 1, 1, 1, 1));
    }

    private List<bool> Classify(params long[] turns)
    {
        var verdicts = new List<bool>();
        foreach (var turn in turns)
        {
            _judge.Beat();
            verdicts.Add(_judge.IsHung(Worker, turn));
        }

        return verdicts;
    }
}
