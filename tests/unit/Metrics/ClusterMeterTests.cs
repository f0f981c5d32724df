using System.Diagnostics.Metrics;
using Cluster.Contracts;
using Cluster.Master;
using Cluster.Supervision;
using Cluster.UnitTests.Supervision;

namespace Cluster.UnitTests.Metrics;

/// <summary>What a listener sees that knows nothing but the meter's name, as OpenTelemetry does.</summary>
public sealed class ClusterMeterTests
{
    [Fact]
    public async Task A_listener_sees_what_was_counted_and_nothing_twice()
    {
        var runtime = NewMaster("Metered");
        var first = NewWorker(runtime, 1, 0);
        var second = NewWorker(runtime, 2, 1);
        runtime.OnEvent(ClusterEventName.Fork, first, "");
        runtime.OnEvent(ClusterEventName.Fork, second, "");
        first.Connection.CountReceived(100);
        first.Connection.CountReceived(10);
        second.Connection.CountReceived(7);

        // The traffic of a worker that has ended stays that of its slot, and its successor's is added.
        runtime.OnEvent(ClusterEventName.Exit, first, "");
        var successor = NewWorker(runtime, 3, 0);
        runtime.OnEvent(ClusterEventName.Fork, successor, "");
        runtime.OnEvent(ClusterEventName.Restart, successor, "");
        successor.Connection.CountReceived(1);

        var seen = Listen(() => runtime.OnAnswered(TimeSpan.FromMilliseconds(250)));
        Assert.Equal(3, seen["cluster.message.count {message} slot=0 receive"]);
        Assert.Equal(111, seen["cluster.message.io By slot=0 receive"]);
        Assert.Equal(1, seen["cluster.message.count {message} slot=1 receive"]);
        Assert.Equal(0, seen["cluster.message.count {message} slot=1 transmit"]);
        Assert.Equal(1, seen["cluster.worker.restarts {restart}"]);
        Assert.Equal(0, seen["cluster.queue.length {message} receive"]);
        Assert.Equal(0, seen["cluster.worker.count {worker} ready"]);
        Assert.Equal(0.25, seen["cluster.request.duration s"]);
        await runtime.StopAsync(drain: null, CancellationToken.None);
    }

    [Fact]
    public async Task A_listener_that_fails_is_reported_and_harms_nobody()
    {
        var runtime = NewMaster("Unlucky");
        using var listener = new MeterListener { InstrumentPublished = Enable };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            if (tags.ToArray().Any(tag => "Unlucky".Equals(tag.Value)))
            {
                throw new InvalidOperationException("no");
            }
        });
        listener.Start();
        runtime.OnAnswered(TimeSpan.FromSeconds(1));
        Assert.Equal(1, runtime.Totals.RequestTimes.Summarize().Count);
        Assert.Equal("no", runtime.Events.TryRead(runtime.Events.Open(), name => name == ClusterEventName.HandlerFailed)?.Reason);
        await runtime.StopAsync(drain: null, CancellationToken.None);
    }

    private static Dictionary<string, double> Listen(Action act)
    {
        var seen = new Dictionary<string, double>();
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var known = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            if ("Metered".Equals(known["cluster.name"]))
            {
                var slot = known.TryGetValue("worker.slot", out var number) ? $"slot={number}" : null;
                var parts = new[] { instrument.Name, instrument.Unit, slot, known.GetValueOrDefault("worker.state"), known.GetValueOrDefault("network.io.direction") };
                seen.Add(string.Join(' ', parts.Where(part => part is not null)), value);
            }
        }

        using var listener = new MeterListener { InstrumentPublished = Enable };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        act();
        return seen;
    }

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == "Cluster")
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static WorkerInstance NewWorker(MasterRuntime runtime, int id, int slot) =>
        new(id, slot, new WorkerSlot(runtime.Supervisor, runtime.Supervisor.Places.All[0], new Dictionary<string, string?>()), () => runtime.Options);

    private static MasterRuntime NewMaster(string name) => MasterRegistry.Create(SupervisionFixture.Options(name), MasterOwner.Process);
}
