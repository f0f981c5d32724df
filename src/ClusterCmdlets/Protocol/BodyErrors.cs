using System.Management.Automation;
using Cluster.Contracts;
using Cluster.Serialization;

namespace Cluster.Protocol;

/// <summary>Turns refusals of the serializer into errors for users.</summary>
internal static class BodyErrors
{
    /// <summary>A body that cannot be sent.</summary>
    /// <param name="exception">The refusal.</param>
    /// <param name="body">The body.</param>
    /// <param name="message">The text, if it is not about a message.</param>
    /// <returns>The error.</returns>
    public static ClusterException NotSerializable(BodyNotSerializableException exception, object? body, string? message = null) =>
        exception.Reason == BodyRefusal.TooLarge
            ? new ClusterException(ClusterErrorId.MessageTooLarge, ErrorCategory.LimitsExceeded, message ?? exception.Message, body, exception)
            : new ClusterException(ClusterErrorId.BodyNotSerializable, ErrorCategory.InvalidData, message ?? exception.Message, body, exception);
}
