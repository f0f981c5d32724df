using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using Cluster.Hosting;
using Cluster.Transport;

namespace Cluster.UnitTests.Hosting;

/// <summary>Both ends in one process: a socket that is sent is another descriptor of the same socket.</summary>
public sealed class HandleChannelTests : IDisposable
{
    private readonly NamedPipeServerStream _server;
    private readonly NamedPipeClientStream _client;

    public HandleChannelTests()
    {
        var name = "cluster-test-" + Guid.NewGuid().ToString("N")[..12];
        _server = new NamedPipeServerStream(name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        _client = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
        _client.Connect(5000);
        _server.WaitForConnection();
    }

    [Fact]
    public void A_record_arrives_as_it_was()
    {
        using var sender = new HandleChannel(_server, Environment.ProcessId);
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        var record = new HandleRecord(HandleRecordKind.Taken, int.MinValue, long.MaxValue, Closed: ushort.MaxValue);
        Assert.True(sender.Send(record));
        Assert.Equal((record, null), receiver.Read());
    }

    [Fact]
    public void A_socket_arrives_with_its_record_and_works_when_the_sender_has_closed_its_own()
    {
        using var sender = new HandleChannel(_server, Environment.ProcessId);
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var outside = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        outside.Connect(listener.LocalEndPoint!);
        using (var accepted = listener.Accept())
        {
            sender.Send(new HandleRecord(HandleRecordKind.Taken, 1, 1));
            sender.Send(new HandleRecord(HandleRecordKind.Connection, 1, 2), accepted);
            sender.Send(new HandleRecord(HandleRecordKind.NoMore, 1, 3));
        }

        Assert.Null(receiver.Read()!.Value.Socket);
        var (record, socket) = receiver.Read()!.Value;
        Assert.Equal(new HandleRecord(HandleRecordKind.Connection, 1, 2, HasHandle: true), record);
        using (socket)
        {
            Assert.Equal(outside.LocalEndPoint, socket!.RemoteEndPoint);
            socket.Send([1, 2, 3]);
        }

        Assert.Null(receiver.Read()!.Value.Socket);
        var buffer = new byte[8];
        Assert.Equal(3, outside.Receive(buffer));
        Assert.Equal(0, outside.Receive(buffer));
    }

    [Fact]
    public void Without_room_nothing_is_sent_and_nobody_waits()
    {
        using var sender = new HandleChannel(_server, Environment.ProcessId);
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var sent = 0;
        while (sent < 1_000_000 && sender.Send(new HandleRecord(HandleRecordKind.Taken, 1, sent), wait: false))
        {
            sent++;
        }

        Assert.InRange(sent, 64, 999_999);
        for (var number = 0; number < sent; number++)
        {
            Assert.Equal(number, receiver.Read()!.Value.Record.Id);
        }

        Assert.True(sender.Send(new HandleRecord(HandleRecordKind.Taken, 1, 0), wait: false));
    }

    [Fact]
    public async Task A_reader_wakes_when_the_channel_is_closed_here_or_there()
    {
        using var one = new HandleChannel(_server, Environment.ProcessId);
        using var other = new HandleChannel(_client, Environment.ProcessId);
        var readers = Task.WhenAll(Task.Run(() => one.Read()), Task.Run(() => other.Read()));
        one.Close();
        var read = await readers.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.All(read, Assert.Null);
        Assert.Throws<IOException>(() => one.Send(new HandleRecord(HandleRecordKind.Taken, 1, 1)));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(99, 0)]
    [InlineData(5, 2)]
    public void What_is_not_a_record_ends_the_channel(byte kind, byte hasHandle)
    {
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        var bytes = new byte[HandleRecord.Size];
        bytes[0] = kind;
        bytes[1] = hasHandle;
        if (OperatingSystem.IsWindows() && hasHandle == 1)
        {
            return;
        }

        _server.Write(bytes);
        Assert.Throws<ProtocolException>(() => receiver.Read());
    }

    [Fact]
    public void A_handle_that_is_missing_is_told_of()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // What a process without descriptors gets.
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        var bytes = new byte[HandleRecord.Size];
        new HandleRecord(HandleRecordKind.Connection, 1, 2, HasHandle: true).Write(bytes);
        _server.Write(bytes);
        Assert.Equal((new HandleRecord(HandleRecordKind.Connection, 1, 2, HasHandle: true), null), receiver.Read());
    }

    [Fact]
    public void Half_a_record_is_an_error()
    {
        using var receiver = new HandleChannel(_client, Environment.ProcessId);
        _server.Write(new byte[HandleRecord.Size / 2]);
        _server.Dispose();
        Assert.Throws<ProtocolException>(() => receiver.Read());
    }

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }
}
