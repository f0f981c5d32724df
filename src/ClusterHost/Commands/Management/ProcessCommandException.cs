namespace Microsoft.PowerShell.Commands;

/// <summary>A process that is not there, or cannot be reached.</summary>
public sealed class ProcessCommandException : SystemException
{
    /// <summary>Without a message.</summary>
    public ProcessCommandException()
    {
    }

    /// <summary>With a message.</summary>
    public ProcessCommandException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public ProcessCommandException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
