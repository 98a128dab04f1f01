using System.Runtime.InteropServices;

namespace IdP.Credentials.Passwords;

/// <summary>
/// Gives the calling thread less of a processor that others want too. .NET's own <see cref="Thread.Priority"/> does nothing on Linux, where the value
/// that counts is the thread's nice value.
/// </summary>
internal static partial class Niceness
{
    private const int Process = 0; // PRIO_PROCESS, which Linux reads as one thread
    private const int Caller = 0;

    /// <param name="niceness">0 to 19; on other systems than Linux anything above 0 means "below normal".</param>
    /// <returns>False when the system refused.</returns>
    public static bool TryLower(int niceness)
    {
        if (niceness == 0) return true;
        if (OperatingSystem.IsLinux()) return TrySetPriority(niceness);
        Thread.CurrentThread.Priority = ThreadPriority.BelowNormal;
        return true;
    }

    private static bool TrySetPriority(int niceness)
    {
        try
        {
            return SetPriority(Process, Caller, niceness) == 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // a C library of another name: slower under a storm is no reason not to start
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, int who, int priority);
}
