using System.Management.Automation;
using Cluster.Binding;
using Cluster.Contracts;
using Cluster.Messaging;

namespace Cluster.Commands;

/// <content>A socket that goes with the message.</content>
public sealed partial class SendWorkerMessageCommand
{
    private MessageHandle? _handle;
    private Receiver? _handleReceiver;
    private bool _isHandleSent;
    private bool _hasErrors;

    /// <summary>
    /// A socket that goes with the message, to one worker or to the master: a connection, a listener, or a UDP socket. The
    /// receiver finds it in the message's <c>Handle</c>. This process's copy is closed when the command has sent it without
    /// an error.
    /// </summary>
    [Parameter]
    [AllowNull]
    public object? Handle { get; set; }

    /// <summary>Keeps this process's copy of <c>-Handle</c> open, so that both sides use the socket.</summary>
    [Parameter]
    public SwitchParameter KeepHandle { get; set; }

    private void BindHandle()
    {
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(Handle)))
        {
            return;
        }

        try
        {
            _handle = ParameterSetName switch
            {
                AllSet => throw HandleTargetInvalid("-All has several receivers."),
                ReplySet => throw HandleTargetInvalid("An answer has none: send it with a message of its own."),
                _ => MessageHandle.Of(Handle, KeepHandle),
            };
        }
        catch (ClusterException exception)
        {
            Fail(exception);
        }
    }

    private OutgoingMessage Encode(object? body)
    {
        var message = _encoder.Encode(body, Topic);
        return _handle is null ? message : message with { Handle = _handle.Socket };
    }

    private void SendToEach(IReadOnlyList<Receiver> receivers, in OutgoingMessage message, object? body, bool areAll)
    {
        if (message.Handle is null)
        {
            _sender!.SendToEach(receivers, message, body, areAll);
            return;
        }

        switch (receivers)
        {
            case []:
                // Reported, or wildcards that fit none.
                break;
            case [{ Sibling: 0 } only] when _handleReceiver is null || _handleReceiver == only:
                _handleReceiver = only;
                NoteHandleSent();
                _sender!.Send(only, message, body);
                break;
            case [{ Sibling: not 0 }]:
                throw HandleTargetInvalid("A sibling gets none: send it to the master, which can pass it on.");
            default:
                throw HandleTargetInvalid("Here are several receivers.");
        }
    }

    private void NoteHandleSent() => _isHandleSent = _handle is not null;

    /// <summary>The command has ended: what was given away is closed here, unless it may not have arrived.</summary>
    private void CloseHandle()
    {
        if (_isHandleSent && !_hasErrors && !KeepHandle)
        {
            _handle!.Close();
        }
    }

    private void ReportSending(ClusterException exception)
    {
        _hasErrors = true;
        Report(exception);
    }

    private ClusterException HandleTargetInvalid(string reason) => new(
        ClusterErrorId.HandleTargetInvalid, ErrorCategory.InvalidArgument, $"A socket goes to one receiver: a worker, any worker, or the master. {reason}", Handle);
}
