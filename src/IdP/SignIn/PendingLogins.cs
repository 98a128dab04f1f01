using IdP.Data;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>What stands behind a handle in an address.</summary>
public abstract record PendingLoginState
{
    /// <summary>The sign-in can go on.</summary>
    public sealed record Open(PendingLogin Login, User User) : PendingLoginState;

    /// <summary>The person sets new what they cannot show any more, and nothing else: for every other page it is nothing to go on with.</summary>
    public sealed record Rescue(PendingLogin Login, User User) : PendingLoginState;

    /// <summary>It has led to a session already: a reload, or the back button.</summary>
    public sealed record Completed(string ReturnUrl) : PendingLoginState;

    /// <summary>It took too long, or the account changed meanwhile: the person begins anew, on the way to the same place.</summary>
    public sealed record Over(string ReturnUrl) : PendingLoginState;

    /// <summary>Nobody's, or another browser's.</summary>
    public sealed record Unknown : PendingLoginState;
}

/// <summary>Sign-ins that have begun, each for one tab of one browser.</summary>
public sealed class PendingLogins(IdpDbContext db, TimeProvider clock)
{
    /// <summary>How long a person may take over one page.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>How long after its end an address still leads back to the app.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private const string BrowserCookie = "idp.browser";

    /// <summary>Adds one to the change being made.</summary>
    /// <returns>The handle for the address.</returns>
    public string Add(User user, IReadOnlyCollection<string> methods, string identityProvider, string returnUrl, HttpContext http, Action<PendingLogin>? more = null)
    {
        var (handle, now) = (Handles.New(), clock.GetUtcNow());
        var login = new PendingLogin
        {
            HandleHash = Handles.Hash(handle),
            BrowserHash = Handles.Hash(BrowserOf(http)),
            UserId = user.Id,
            SecurityStamp = user.SecurityStamp ?? "",
            Methods = [.. methods],
            IdentityProvider = identityProvider,
            ReturnUrl = returnUrl,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        };
        more?.Invoke(login);
        db.PendingLogins.Add(login);
        return handle;
    }

    public async Task<PendingLoginState> FindAsync(string? handle, HttpContext http, CancellationToken ct)
    {
        if (handle is not { Length: Handles.Length } || KnownBrowserOf(http) is not { } browser) return new PendingLoginState.Unknown();
        var (hash, browserHash, now) = (Handles.Hash(handle), Handles.Hash(browser), clock.GetUtcNow());
        var login = await db.PendingLogins.AsNoTracking().Include(l => l.User).FirstOrDefaultAsync(l => l.HandleHash == hash && l.BrowserHash == browserHash, ct);
        return login switch
        {
            null => new PendingLoginState.Unknown(),
            { CompletedAt: not null } => new PendingLoginState.Completed(login.ReturnUrl),
            { User: { Enabled: true } user } when login.ExpiresAt > now && login.SecurityStamp == (user.SecurityStamp ?? "") =>
                login.Rescue is RescueKind.None ? new PendingLoginState.Open(login, user) : new PendingLoginState.Rescue(login, user),
            _ => new PendingLoginState.Over(login.ReturnUrl),
        };
    }

    /// <summary>Takes it for a session. False when another request was faster, or the account changed since it was read.</summary>
    public async Task<bool> CompleteAsync(PendingLogin login, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        return await db.PendingLogins.Where(l => l.Id == login.Id && l.Rescue == RescueKind.None && l.CompletedAt == null && l.User!.Enabled && (l.User.SecurityStamp ?? "") == l.SecurityStamp)
            .ExecuteUpdateAsync(l => l.SetProperty(x => x.CompletedAt, now), ct) == 1;
    }

    /// <summary>The browser's own handle, when it has one.</summary>
    public static string? KnownBrowserOf(HttpContext http) => Handles.Read(http, BrowserCookie);

    /// <summary>The browser's own handle, given to it when it has none.</summary>
    public static string BrowserOf(HttpContext http)
    {
        if (Handles.Read(http, BrowserCookie) is { } known) return known;
        if (http.Items.TryGetValue(BrowserCookie, out var given)) return (string)given!; // written by this very answer
        var handle = Handles.New();
        http.Items[BrowserCookie] = handle;
        Handles.Write(http, BrowserCookie, handle, lifetime: null);
        return handle;
    }
}
