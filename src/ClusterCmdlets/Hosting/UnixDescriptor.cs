using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cluster.Hosting;

/// <summary>What is done with a bare descriptor on Unix.</summary>
internal static partial class UnixDescriptor
{
    private const int CloseOnExecFlag = 1;

    /// <summary>Programs that this process starts do not get it.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <remarks>By .NET's own function: fcntl(2) is variadic, and on Apple's arm64 such arguments are passed in another way.</remarks>
    public static void CloseOnExec(int descriptor) => _ = SetDescriptorFlags(descriptor, CloseOnExecFlag);

    /// <summary>Closes it, and nothing more: the socket of another process that has it too goes on.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public static void Close(int descriptor) => new SafeFileHandle(descriptor, ownsHandle: true).Dispose();

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_FcntlSetFD")]
    private static partial int SetDescriptorFlags(nint descriptor, int flags);
}
