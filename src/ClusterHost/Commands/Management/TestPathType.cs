namespace Microsoft.PowerShell.Commands;

/// <summary>What <c>Test-Path</c> looks for.</summary>
public enum TestPathType
{
    /// <summary>Anything.</summary>
    Any,

    /// <summary>A folder or another container.</summary>
    Container,

    /// <summary>A file or another item that holds none.</summary>
    Leaf,
}
