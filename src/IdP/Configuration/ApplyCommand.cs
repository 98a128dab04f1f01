using IdP.Access;

namespace IdP.Configuration;

/// <summary>The command <c>apply FILE.json [--plan]</c>. Exit codes: 0 done, 1 refused.</summary>
public sealed class ApplyCommand(ConfigurationFile configuration, Actor actor)
{
    private const long MaxLength = 64 * 1024 * 1024;

    public async Task<int> RunAsync(string path, bool planOnly, TextWriter output, TextWriter error, CancellationToken ct)
    {
        byte[] json;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxLength })
            {
                await error.WriteLineAsync($"error: The file {Path.GetFullPath(path)} is larger than {MaxLength / 1024 / 1024} MB.");
                await error.WriteLineAsync("Nothing was changed.");
                return 1;
            }
            json = await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"error: The file {Path.GetFullPath(path)} cannot be read: {(File.Exists(path) ? "access was refused." : Directory.Exists(path) ? "it is a folder." : "it does not exist.")}");
            await error.WriteLineAsync("Nothing was changed.");
            return 1;
        }

        actor.Become(ActorSources.File);
        var outcome = planOnly ? await configuration.PlanAsync(json, ct) : await configuration.ApplyAsync(json, ct);
        if (!outcome.Succeeded(out var plan, out var failure))
        {
            foreach (var one in failure.All) await error.WriteLineAsync($"error: {Sentence(one)}");
            await error.WriteLineAsync("Nothing was changed.");
            return 1;
        }
        foreach (var change in plan.Changes) await output.WriteLineAsync(change);
        await output.WriteLineAsync(plan.IsEmpty ? "Nothing to change." : planOnly ? $"{plan.Changes.Count} change(s) planned, nothing was changed." : $"{plan.Changes.Count} change(s) made.");
        return 0;
    }

    /// <summary>One refusal on one line, its JSON path first.</summary>
    public static string Sentence(Failure failure) => failure.Field is null ? failure.Message : $"{failure.Field}: {failure.Message}";
}
