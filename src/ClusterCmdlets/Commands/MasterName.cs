using System.Management.Automation;
using System.Text;
using Cluster.Contracts;

namespace Cluster.Commands;

/// <summary>Checks the name of a new master.</summary>
internal static class MasterName
{
    /// <summary>Names are folders of logs too, and file systems take 255 bytes.</summary>
    private const int MaxBytes = 200;

    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ClusterException">It is blank, too long, or could not be addressed later.</exception>
    public static void Check(string name)
    {
        var problem = string.IsNullOrWhiteSpace(name) ? "is blank"
            : Encoding.UTF8.GetByteCount(name) > MaxBytes ? $"has more than {MaxBytes} bytes of UTF-8"
            : name.AsSpan().ContainsAny('*', '?') ? "contains '*' or '?', which stand for other names"
            : name.Any(char.IsControl) ? "contains a control character"
            : null;
        if (problem is not null)
        {
            throw new ClusterException(
                ClusterErrorId.MasterNameInvalid, ErrorCategory.InvalidArgument, $"The name of a master {problem}. Give another -Name.", name);
        }
    }
}
