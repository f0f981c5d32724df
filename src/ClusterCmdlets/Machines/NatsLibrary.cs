using System.Reflection;
using Cluster.Loading;

namespace Cluster.Machines;

/// <summary>
/// The way to <c>ClusterNet.dll</c> and the library that it brings, in a load context of their own. Loaded by the first bus, never
/// without one. Thread-safe.
/// </summary>
internal static class NatsLibrary
{
    private static readonly Lazy<ConstructorInfo> Constructor = new(
        () => LibraryLoadContext.Load("net", "ClusterNet", "Cluster.Net.NatsBus", typeof(MessageBusOptions)), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Prepares a connection to message servers. <see cref="IMessageBus.ConnectAsync"/> makes it.</summary>
    /// <param name="options">How they are reached.</param>
    /// <returns>The bus, which the caller ends.</returns>
    /// <exception cref="IOException">The library is missing.</exception>
    /// <exception cref="Contracts.ClusterException">A file or the pin of the options cannot be used.</exception>
    public static IMessageBus Create(MessageBusOptions options) =>
        (IMessageBus)Constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, binder: null, [options], culture: null);
}
