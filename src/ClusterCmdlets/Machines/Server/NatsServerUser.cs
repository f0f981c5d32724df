using System.Security.Cryptography;

namespace Cluster.Machines.Server;

/// <summary>One of the two users of a server: the leader, or all machines.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Password">Its password. Not shown.</param>
internal sealed record NatsServerUser(string Name, string Password)
{
    /// <summary>Makes a user with a password that nobody can guess.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The user.</returns>
    public static NatsServerUser Create(string name) => new(name, Convert.ToHexString(RandomNumberGenerator.GetBytes(24)));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
