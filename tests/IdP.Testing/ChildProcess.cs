using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IdP.Testing;

/// <summary>
/// A process that cannot outlive the tests: the kernel signals it when the thread that started it ends, so that thread is our own and
/// waits for the process (a pool thread may retire early and take the child with it).
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int Terminate = 15;

    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource<int> exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process process = new();

    private ChildProcess()
    {
    }

    public int Id { get; private set; }

    /// <summary>Completes with the exit code.</summary>
    public Task<int> Exited => exited.Task;

    /// <summary>Standard output and error so far, in the order of arrival.</summary>
    public IReadOnlyList<string> Output => [.. lines];

    /// <param name="deathSignal">What the kernel sends the process when the tests end without stopping it.</param>
    public static async Task<ChildProcess> StartAsync(
        string fileName, IEnumerable<string> arguments, string workingDirectory, IReadOnlyDictionary<string, string>? environment = null,
        string deathSignal = "KILL", string? user = null)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] identity = user is null ? [] : ["--reuid", user, "--regid", user, "--init-groups"];
        foreach (var argument in (string[])["--pdeathsig", deathSignal, .. identity, "--", fileName, .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var child = new ChildProcess();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => child.Run(start, started)) { IsBackground = true, Name = Path.GetFileName(fileName) }.Start();
        await started.Task;
        return child;
    }

    /// <summary>Asks the process to stop, as a container runtime does.</summary>
    public void Stop() => Signal(Terminate);

    /// <summary>SIGKILL: the process gets no chance to finish anything.</summary>
    public void Kill()
    {
        if (!exited.Task.IsCompleted) process.Kill(entireProcessTree: true);
    }

    public async Task<int> WaitAsync(TimeSpan limit)
    {
        if (await Task.WhenAny(exited.Task, Task.Delay(limit)) == exited.Task) return await exited.Task;
        throw new TimeoutException($"The process still runs after {limit.TotalSeconds:0} s.{Environment.NewLine}{string.Join(Environment.NewLine, Output)}");
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await exited.Task;
        process.Dispose();
    }

    internal void Signal(int signal)
    {
        if (!exited.Task.IsCompleted && SendSignal(Id, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} could not be sent: error {Marshal.GetLastPInvokeError()}.");
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    private void Run(ProcessStartInfo start, TaskCompletionSource started)
    {
        process.StartInfo = start;
        process.OutputDataReceived += (_, line) => Collect(line.Data);
        process.ErrorDataReceived += (_, line) => Collect(line.Data);
        try
        {
            process.Start();
        }
        catch (Exception refused)
        {
            exited.SetResult(-1);
            started.SetException(refused);
            return;
        }

        Id = process.Id;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        started.SetResult();
        process.WaitForExit();
        exited.SetResult(process.ExitCode);
    }

    private void Collect(string? line)
    {
        if (line is not null) lines.Enqueue(line);
    }
}
