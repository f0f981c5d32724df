using System.Security.Cryptography;
using System.Text;

namespace Cluster.Machines.Link;

/// <summary>
/// The subjects of one cluster on the bus. What comes from agents is below <c>up</c>, what comes from the leader below <c>down</c>, so that a server can
/// allow each side its own: only who may publish below <c>down</c> can start workers. Immutable.
/// </summary>
internal sealed class MachineSubjects
{
    private const int MaxToken = 64;

    private readonly string _prefix;

    /// <summary>The subjects of a cluster.</summary>
    /// <param name="clusterName">Its name; upper and lower case are the same.</param>
    public MachineSubjects(string clusterName)
    {
        _prefix = $"cl.{Token(clusterName)}.";
    }

    /// <summary>All subjects of the cluster.</summary>
    public string All => _prefix + ">";

    /// <summary>Everything that agents send.</summary>
    public string AllUp => _prefix + "up.>";

    /// <summary>A question: a machine wants to join.</summary>
    public string Join => _prefix + "up.join";

    /// <summary>A question: whether there is a leader.</summary>
    public string IsLed => _prefix + "up.leader";

    /// <summary>A question among leaders: whether the name is taken.</summary>
    public string Claim => _prefix + "down.claim";

    /// <summary>A cluster's name as a part of a subject.</summary>
    /// <param name="clusterName">Its name.</param>
    /// <returns>At most 64 letters, digits, <c>-</c> and <c>_</c>. A name for which that is too short is known by its SHA-256.</returns>
    public static string Token(string clusterName)
    {
        var name = clusterName.ToLowerInvariant();

        // A subject has no spaces, dots and wildcards; other names are written as numbers.
        var isPlain = name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
        var bytes = Encoding.UTF8.GetBytes(name);
        var token = isPlain ? name : "_" + Convert.ToHexString(bytes);

        // "h" is no digit of the other form.
        return token.Length <= MaxToken ? token : "_h" + Convert.ToHexString(SHA256.HashData(bytes), 0, 16);
    }

    /// <summary>Where the leader listens to one agent.</summary>
    /// <param name="session">The agent's session.</param>
    /// <returns>The subject.</returns>
    public string Up(string session) => $"{_prefix}up.{session}";

    /// <summary>Where an agent listens.</summary>
    /// <param name="session">Its session.</param>
    /// <returns>The subject.</returns>
    public string Down(string session) => $"{_prefix}down.{session}";
}
