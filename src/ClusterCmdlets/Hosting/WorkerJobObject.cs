using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cluster.Hosting;

/// <summary>
/// A Windows job object that ends a worker and all its children when the handle is closed, which the
/// system does when the master dies (JOBOBJECT_EXTENDED_LIMIT_INFORMATION, KILL_ON_JOB_CLOSE). Nothing on
/// other systems, where <see cref="ProcessGroup"/> does this.
/// </summary>
internal sealed partial class WorkerJobObject : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;
    private readonly SafeFileHandle _handle;

    private WorkerJobObject(SafeFileHandle handle)
    {
        _handle = handle;
    }

    /// <summary>Puts a process into a job of its own.</summary>
    /// <param name="process">A process that has just been started.</param>
    /// <returns>The job, or null on systems without.</returns>
    /// <exception cref="Win32Exception">The system refused.</exception>
    public static WorkerJobObject? Contain(Process process)
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        var handle = CreateJobObject(IntPtr.Zero, null);
        try
        {
            var limits = new ExtendedLimits { Basic = { LimitFlags = KillOnJobClose } };
            if (handle.IsInvalid
                || !SetInformationJobObject(handle, ExtendedLimitInformation, in limits, Marshal.SizeOf<ExtendedLimits>())
                || !AssignProcessToJobObject(handle, process.SafeHandle))
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }

            return new WorkerJobObject(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Ends what is left in the job.</summary>
    public void Dispose() => _handle.Dispose();

    [LibraryImport("kernel32.dll", EntryPoint = "CreateJobObjectW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial SafeFileHandle CreateJobObject(IntPtr attributes, string? name);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial bool SetInformationJobObject(SafeFileHandle job, int infoClass, in ExtendedLimits info, int size);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial bool AssignProcessToJobObject(SafeFileHandle job, SafeProcessHandle process);

    [StructLayout(LayoutKind.Sequential)]
    private struct BasicLimits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public BasicLimits Basic;
        public ulong ReadOperationCount;
        public ulong WriteOperationCount;
        public ulong OtherOperationCount;
        public ulong ReadTransferCount;
        public ulong WriteTransferCount;
        public ulong OtherTransferCount;
        public nuint ProcessMemoryLimit;
        public nuint JobMemoryLimit;
        public nuint PeakProcessMemoryUsed;
        public nuint PeakJobMemoryUsed;
    }
}
