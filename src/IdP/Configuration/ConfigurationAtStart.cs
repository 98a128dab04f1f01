using IdP.Access;
using IdP.Data;
using IdP.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace IdP.Configuration;

/// <summary>
/// What is applied before the server listens: the demo data (setting <c>DemoData</c>) when there is no client yet, then the file that
/// <c>Configuration:File</c> names, at every start; without either what every provider needs.
/// </summary>
public sealed class ConfigurationAtStart(ConfigurationFile configuration, IdpDbContext db, IConfiguration settings, Actor actor)
{
    public async Task ApplyAsync(CancellationToken ct)
    {
        actor.Become(ActorSources.File);
        // Only once: a developer's own changes to the demo clients survive the next start.
        var demo = settings.GetValue("DemoData", false) && !await db.Clients.AnyAsync(ct);
        if (demo) await ApplyAsync("The demo data", DemoConfiguration.Read(), ct);
        if (settings["Configuration:File"] is { Length: > 0 } path) await ApplyAsync($"The file {path} (Configuration:File)", await ReadAsync(path, ct), ct);
        else await ApplyAsync("The built-in configuration", "{}"u8.ToArray(), ct);
    }

    private async Task ApplyAsync(string name, ReadOnlyMemory<byte> json, CancellationToken ct)
    {
        if (!(await configuration.ApplyAsync(json, ct)).Succeeded(out _, out var failure))
            throw new StartupException($"{name} was refused and changed nothing:{string.Concat(failure.All.Select(one => $"\n  {ApplyCommand.Sentence(one)}"))}");
    }

    private static async Task<byte[]> ReadAsync(string path, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"Configuration:File names {path}, which cannot be read.", exception);
        }
    }
}
