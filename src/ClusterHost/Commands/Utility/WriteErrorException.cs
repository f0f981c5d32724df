namespace Microsoft.PowerShell.Commands;

/// <summary>The exception of an error that was written with a message alone.</summary>
public sealed class WriteErrorException : SystemException
{
    /// <summary>An error without a message.</summary>
    public WriteErrorException()
    {
    }

    /// <summary>An error with a message.</summary>
    public WriteErrorException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and a cause.</summary>
    public WriteErrorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
