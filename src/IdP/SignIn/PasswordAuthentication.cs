using System.Collections.Concurrent;
using IdP.Protocol.Authorize;
using IdP.Protocol.Clients;
using IdP.Protocol.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IdP.SignIn;

/// <summary>Answers the password grant by the rules of the sign-in form: throttle, lockout, disabled people, bounded work, one decision kept for each attempt.</summary>
internal sealed class PasswordAuthentication(PasswordSignIn signIn, PasswordGrantNotices notices, TimeProvider clock) : IPasswordAuthentication
{
    public async Task<PasswordVerdict> AuthenticateAsync(Client client, string userName, string password, HttpContext http, CancellationToken ct)
    {
        notices.Used(client.ClientId);
        var answer = await signIn.VerifyAsync(userName.Trim(), password, client, http, ct);
        return answer.Outcome switch
        {
            SignInOutcome.Success => new PasswordVerdict.Accepted(new AuthenticatedSubject(answer.User!.Id.ToString(), SessionId: null, clock.GetUtcNow(), ["pwd"], "local")), // success has a user
            SignInOutcome.Busy => new PasswordVerdict.Busy(answer.RetryAfter),
            _ => new PasswordVerdict.Refused(),
        };
    }
}

/// <summary>Warns that an app collects passwords, once an hour for each client: enough to be seen, too little to fill a log. Only registered clients come here, so the memory is bounded.</summary>
internal sealed class PasswordGrantNotices(TimeProvider clock, ILogger<PasswordGrantNotices> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _warned = new(StringComparer.Ordinal);

    public void Used(string clientId)
    {
        var now = clock.GetUtcNow();
        var last = _warned.GetOrAdd(clientId, DateTimeOffset.MinValue);
        if (now - last >= Interval && _warned.TryUpdate(clientId, now, last)) Log.PasswordGrantUsed(logger, clientId);
    }
}
