using IdP.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace IdP.Credentials.Passwords.History;

/// <summary>Once after each start: deletes what is beyond a <see cref="PasswordRuleOptions.History"/> that was lowered, also of people who change nothing.</summary>
internal sealed class FormerPasswordTrim(IServiceScopeFactory scopes, IOptions<PasswordRuleOptions> options, ILogger<FormerPasswordTrim> logger) : BackgroundService
{
    private const int BatchSize = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.TrimFailed(logger, exception); // the next start, and each person's next change, does it
        }
    }

    private async Task RunAsync(CancellationToken ct)
    {
        var most = options.Value.History;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<IdpDbContext>();
            var people = await db.FormerPasswords.GroupBy(f => f.UserId).Where(g => g.Count() > most).Select(g => g.Key).Take(BatchSize).ToListAsync(ct);
            if (people.Count == 0) return;
            var former = scope.ServiceProvider.GetRequiredService<FormerPasswords>();
            foreach (var person in people) await former.TrimAsync(person, ct);
        }
    }
}
