using System.IO.Pipes;
using System.Net.Sockets;
using Cluster.Contracts;
using Cluster.Transport;

namespace Cluster.Hosting;

/// <summary>
/// A pipe beside a worker's channel on which sockets go from one process to the other, each behind a record of fixed size. On
/// Unix the pipe is a socket, and descriptors travel with the bytes; on Windows a description of the socket follows the record, which
/// the system makes for the process at the other end. Sends are thread-safe; one thread reads.
/// </summary>
internal sealed class HandleChannel : IDisposable
{
    private readonly object _sending = new();
    private readonly PipeStream _pipe;
    private readonly int _peerProcessId;
    private int _isClosed;

    /// <summary>How soon a channel is tried again that had no room: the other side reads all that comes, so it has some in a moment.</summary>
    private static readonly TimeSpan RetryTime = TimeSpan.FromMilliseconds(2);

    /// <summary>Takes over a connected pipe of which nothing more is buffered.</summary>
    /// <param name="pipe">The pipe, which belongs to this object.</param>
    /// <param name="peerProcessId">The process at the other end.</param>
    public HandleChannel(PipeStream pipe, int peerProcessId)
    {
        _pipe = pipe;
        _peerProcessId = peerProcessId;
    }

    /// <summary>Sends a record.</summary>
    /// <param name="record">The record; it says by itself whether a handle comes with it.</param>
    /// <param name="socket">The socket of which the other process gets a copy, or null.</param>
    /// <param name="wait">Whether to wait for room; otherwise there is room, or nothing is sent.</param>
    /// <returns>False if there was no room.</returns>
    /// <exception cref="IOException">The channel has ended, or the system does not send the socket.</exception>
    public bool Send(HandleRecord record, Socket? socket = null, bool wait = true)
    {
        Span<byte> bytes = stackalloc byte[HandleRecord.Size];
        (record with { HasHandle = socket is not null }).Write(bytes);
        lock (_sending)
        {
            if (Volatile.Read(ref _isClosed) == 1)
            {
                throw new IOException("The handle channel is closed.");
            }

            return OperatingSystem.IsWindows()
                ? WindowsSocketPassing.Send(_pipe, bytes, socket, _peerProcessId)
                : UnixSocketPassing.Send(_pipe, bytes, socket, wait);
        }
    }

    /// <summary>
    /// Sends a record, and waits for room without keeping others from sending: a process that is suspended, or that has as many
    /// descriptors on their way as its user may, must not hold up those who wait for nothing.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="socket">The socket of which the other process gets a copy, or null.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False if there was no room in time.</returns>
    /// <exception cref="IOException">The channel has ended, or the system does not send the socket.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    private bool SendInTime(HandleRecord record, Socket? socket, Deadline deadline, CancellationToken cancellation)
    {
        while (!Send(record, socket, wait: false))
        {
            if (deadline.HasPassed)
            {
                return false;
            }

            cancellation.WaitHandle.WaitOne(RetryTime);
            cancellation.ThrowIfCancellationRequested();
        }

        return true;
    }

    /// <summary>Sends the handle of a message, or withdraws it.</summary>
    /// <param name="number">Names it.</param>
    /// <param name="socket">The handle; null if its message will not follow.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; nothing was sent.</exception>
    public SendResult SendAttachment(long number, Socket? socket, Deadline deadline, CancellationToken cancellation)
    {
        try
        {
            return SendInTime(new HandleRecord(HandleRecordKind.Attachment, 0, number), socket, deadline, cancellation) ? SendResult.Sent : SendResult.Full;
        }
        catch (IOException)
        {
            return SendResult.Closed;
        }
    }

    /// <summary>Waits for the next record.</summary>
    /// <returns>
    /// The record and the socket that came with it; null at the end. A socket that should have come is missing when this process has no
    /// descriptors left: its sender has another copy, or its reader is told.
    /// </returns>
    /// <exception cref="IOException">The channel has broken.</exception>
    /// <exception cref="ProtocolException">The other side sent something else.</exception>
    public (HandleRecord Record, Socket? Socket)? Read()
    {
        Span<byte> bytes = stackalloc byte[HandleRecord.Size];
        Socket? socket;
        var isThere = OperatingSystem.IsWindows()
            ? WindowsSocketPassing.Receive(_pipe, bytes, out socket)
            : UnixSocketPassing.Receive(_pipe, bytes, out socket);
        if (!isThere)
        {
            return null;
        }

        try
        {
            var record = HandleRecord.Read(bytes);
            if (socket is not null && !record.HasHandle)
            {
                throw new ProtocolException("A handle came with a record that has none.");
            }

            return (record, socket);
        }
        catch (ProtocolException)
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Ends the channel for both sides, and wakes the thread that reads.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            if (OperatingSystem.IsWindows())
            {
                _pipe.Dispose();
            }
            else
            {
                UnixSocketPassing.Shutdown(_pipe);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        lock (_sending)
        {
            _pipe.Dispose();
        }
    }
}
