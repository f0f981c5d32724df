using Cluster.Contracts;
using Cluster.Protocol;
using Cluster.Supervision;

namespace Cluster.UnitTests.Supervision;

/// <summary>Why a worker ended, for everything that may be known of it.</summary>
public sealed class ExitClassifierTests
{
    private static readonly WorkerStatus New = WorkerStatus.New(DateTime.UnixEpoch);
    private static readonly WorkerStatus Ready = New with { MayBeSignal = true, WasReady = true };

    [Fact]
    public void A_script_that_ran_to_its_end_has_completed() =>
        Expect(Ready with { ProcessCode = 0, Goodbye = new(WorkerOutcome.Completed, 0, null) }, 0, null, WorkerExitReason.Completed, voluntary: false);

    [Fact]
    public void The_code_that_the_script_gave_is_kept() =>
        Expect(Ready with { ProcessCode = 42, Goodbye = new(WorkerOutcome.Completed, 42, null) }, 42, null, WorkerExitReason.Failed, voluntary: false);

    [Fact]
    public void A_code_over_128_that_was_announced_is_no_signal() =>
        Expect(Ready with { ProcessCode = 137, Goodbye = new(WorkerOutcome.Completed, 137, null) }, 137, null, WorkerExitReason.Failed, voluntary: false);

    [Theory]
    [InlineData(137, "SIGKILL")]
    [InlineData(143, "SIGTERM")]
    [InlineData(192, "SIG64")]
    public void A_silent_end_by_a_signal_is_a_crash(int code, string signal) =>
        Expect(Ready with { ProcessCode = code }, null, signal, WorkerExitReason.Crashed, voluntary: false);

    [Fact]
    public void Windows_has_no_signals() =>
        Expect(Ready with { ProcessCode = 137, MayBeSignal = false }, 137, null, WorkerExitReason.Crashed, voluntary: false);

    [Fact]
    public void A_silent_end_with_a_code_of_zero_is_a_crash_as_well() =>
        Expect(Ready with { ProcessCode = 0 }, 0, null, WorkerExitReason.Crashed, voluntary: false);

    [Fact]
    public void A_worker_that_was_asked_and_ended_was_stopped() =>
        Expect(Ready with { ProcessCode = 0, StopRequested = true, Goodbye = new(WorkerOutcome.Completed, 0, null) }, 0, null, WorkerExitReason.Stopped, voluntary: true);

    [Fact]
    public void A_worker_that_was_asked_and_had_to_be_killed_was_killed() =>
        Expect(Ready with { ProcessCode = 137, StopRequested = true, KilledByMaster = true }, null, "SIGKILL", WorkerExitReason.Killed, voluntary: true);

    [Fact]
    public void A_worker_that_left_by_its_own_will_ended_voluntarily() =>
        Expect(Ready with { ProcessCode = 0, LeftVoluntarily = true, Goodbye = new(WorkerOutcome.Completed, 0, null) }, 0, null, WorkerExitReason.Completed, voluntary: true);

    [Fact]
    public void An_end_before_ready_is_a_failed_start() =>
        Expect(Ready with { WasReady = false, ProcessCode = 1, Goodbye = new(WorkerOutcome.Failed, 1, null) }, 1, null, WorkerExitReason.StartFailed, voluntary: false);

    [Fact]
    public void A_script_that_was_not_started_is_a_failed_start_although_the_worker_was_ready()
    {
        Expect(Ready with { ProcessCode = 7, Goodbye = new(WorkerOutcome.NotStarted, 7, null) }, 7, null, WorkerExitReason.StartFailed, voluntary: false);
        Expect(Ready with { ProcessCode = 7, StopRequested = true, Goodbye = new(WorkerOutcome.NotStarted, 7, null) }, 7, null, WorkerExitReason.Stopped, voluntary: true);
    }

    [Fact]
    public void A_silent_end_before_ready_is_a_failed_start_too() =>
        Expect(Ready with { WasReady = false, ProcessCode = 137, KilledByMaster = true }, null, "SIGKILL", WorkerExitReason.StartFailed, voluntary: false);

    [Fact]
    public void A_silent_worker_that_was_killed_has_hung() =>
        Expect(Ready with { ProcessCode = 137, KilledByMaster = true, WasSilent = true }, null, "SIGKILL", WorkerExitReason.Hung, voluntary: false);

    [Fact]
    public void A_worker_that_hangs_while_it_is_asked_to_stop_has_hung_and_its_end_was_wanted() =>
        Expect(Ready with { ProcessCode = 137, StopRequested = true, KilledByMaster = true, WasSilent = true }, null, "SIGKILL", WorkerExitReason.Hung, voluntary: true);

    [Fact]
    public void One_that_was_stopped_before_it_had_a_process_was_stopped() =>
        Expect(New with { StopRequested = true }, null, null, WorkerExitReason.Stopped, voluntary: true);

    [Fact]
    public void One_that_made_room_for_a_fresh_one_was_recycled_however_it_ended()
    {
        var recycled = Ready with { StopRequested = true, Recycled = true };
        Expect(recycled with { ProcessCode = 0, Goodbye = new(WorkerOutcome.Completed, 0, null) }, 0, null, WorkerExitReason.Recycled, voluntary: true);
        Expect(recycled with { ProcessCode = 0, Goodbye = new(WorkerOutcome.Stopped, 0, null) }, 0, null, WorkerExitReason.Recycled, voluntary: true);
        Expect(recycled with { ProcessCode = 137, KilledByMaster = true }, null, "SIGKILL", WorkerExitReason.Recycled, voluntary: true);
    }

    [Fact]
    public void One_that_ended_well_and_never_said_that_it_was_ready_has_failed_to_start() =>
        Expect(New with { ProcessCode = 0, Goodbye = new(WorkerOutcome.Completed, 0, null) }, 0, null, WorkerExitReason.StartFailed, voluntary: false);

    private static void Expect(WorkerStatus status, int? code, string? signal, WorkerExitReason reason, bool voluntary) =>
        Assert.Equal(new WorkerExit(code, signal, reason, voluntary, null), ExitClassifier.Judge(status));
}
