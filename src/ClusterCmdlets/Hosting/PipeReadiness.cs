using System.IO.Pipes;
using System.Net.Sockets;

namespace Cluster.Hosting;

/// <summary>Tells whether a write to a pipe would block.</summary>
internal static class PipeReadiness
{
    /// <summary>
    /// On Unix a socket that polls as writable has at least three quarters of its buffer free. Windows pipes
    /// cannot be asked, so there the writer's thread does all writing.
    /// </summary>
    /// <param name="pipe">A connected pipe.</param>
    /// <returns>The question; it may be asked until the pipe is closed.</returns>
    public static Func<bool> Of(PipeStream pipe)
    {
        if (OperatingSystem.IsWindows())
        {
            return () => false;
        }

        var socket = new Socket(new SafeSocketHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false));
        return () =>
        {
            try
            {
                return pipe.IsConnected && socket.Poll(0, SelectMode.SelectWrite);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The write that follows tells what is wrong.
                return false;
            }
        };
    }
}
