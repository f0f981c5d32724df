namespace Cluster.Ports;

/// <summary>A worker that serves a port, as the choice of one sees it.</summary>
internal interface IConnectionTarget
{
    /// <summary>Its slot, which a worker that takes its place has too.</summary>
    int Slot { get; }

    /// <summary>Connections that it has.</summary>
    int Open { get; }

    /// <summary>Connections that it was given and has not taken.</summary>
    int Behind { get; }

    /// <summary>Whether it may have another one; not if it has as many as it wants, or stops.</summary>
    bool IsOpen { get; }

    /// <summary>Whether it keeps up with taking them.</summary>
    bool HasRoom { get; }
}
