using System.Management.Automation;
using Cluster.Serialization;
using Cluster.Transport;

namespace Cluster.Supervision;

/// <summary>
/// The last records of a worker's streams from before it was ready: if it never is, they hold the error that may say why.
/// Written by the thread that reads the pipe, read by the timer that gives up. Thread-safe.
/// </summary>
internal sealed class StartupRecords
{
    private const int Kept = 20;

    private readonly Queue<byte[]> _bodies = new();

    /// <summary>The last error that the worker has reported, or null.</summary>
    public ErrorRecord? LastError
    {
        get
        {
            byte[][] bodies;
            lock (_bodies)
            {
                bodies = _bodies.ToArray();
            }

            return bodies.Select(Read).LastOrDefault(error => error is not null);
        }
    }

    /// <summary>A record has arrived.</summary>
    /// <param name="frame">Its frame.</param>
    public void Add(in Frame frame)
    {
        lock (_bodies)
        {
            _bodies.Enqueue(frame.Body);
            if (_bodies.Count > Kept)
            {
                _bodies.Dequeue();
            }
        }
    }

    /// <summary>The worker is ready, and they are of no use any more.</summary>
    public void Clear()
    {
        lock (_bodies)
        {
            _bodies.Clear();
        }
    }

    private static ErrorRecord? Read(byte[] body)
    {
        try
        {
            return StreamRecordCodec.Read(body, BodyLimits.Default) as ErrorRecord;
        }
        catch (BodyMalformedException)
        {
            // The reader of the worker's messages is told of it.
            return null;
        }
    }
}
