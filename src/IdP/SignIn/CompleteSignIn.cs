using IdP.Data;
using IdP.Http;
using IdP.Mail;
using IdP.Policies;
using IdP.Sessions;
using IdP.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace IdP.SignIn;

/// <summary>The end of every way of signing in: the session, and the browser that the person is known in from now on. Part of the change being made.</summary>
public sealed class CompleteSignIn(IdpDbContext db, StartSession sessions, EnrolmentGraces graces, Notices.Notices notices)
{
    /// <param name="judged">What the policies said about it, which has to be asked before.</param>
    /// <param name="deviceId">The known browser, null for one that the person has not used before.</param>
    /// <param name="showsFactor">Whether a second factor was shown in it.</param>
    /// <param name="rememberedUntil">Until when this browser shall not be asked for one again.</param>
    public async Task ExecuteAsync(
        User user, IReadOnlyList<string> methods, string identityProvider, Guid? deviceId, SignInDecision decision, PolicyJudgement judged, HttpContext http, bool showsFactor = false, DateTimeOffset? rememberedUntil = null)
    {
        if (!judged.Allows || judged.Inputs.UserId != user.Id) throw new InvalidOperationException("A session begins only when the policies allow it.");
        await graces.StartAsync(judged, CancellationToken.None);
        var session = sessions.Add(user, methods, identityProvider, http);
        await sessions.ReplacePreviousAsync(session, http, CancellationToken.None);
        await sessions.EndBeyondLimitAsync(session, CancellationToken.None);
        decision.SessionId = session.Id;
        await KnowAsync(user, deviceId, decision.At, showsFactor, rememberedUntil, http);
    }

    /// <summary>Adds a factor to a session that goes on, under a new handle as after every proof.</summary>
    public async Task RaiseAsync(User user, Session present, IReadOnlyList<string> methods, Guid? deviceId, SignInDecision decision, HttpContext http, DateTimeOffset? rememberedUntil)
    {
        await sessions.RaiseAsync(present, methods, http, CancellationToken.None);
        decision.SessionId = present.Id;
        await KnowAsync(user, deviceId, decision.At, showsFactor: true, rememberedUntil, http);
    }

    /// <summary>This browser, when the person is known in it.</summary>
    public async Task<KnownDevice?> DeviceOfAsync(Guid userId, HttpContext http, CancellationToken ct)
    {
        if (KnownBrowserCookie.Hashes(http) is not { Count: > 0 } hashes) return null;
        return await db.KnownDevices.AsNoTracking().Where(d => d.UserId == userId && hashes.Contains(d.HandleHash)).OrderByDescending(d => d.LastSeenAt).FirstOrDefaultAsync(ct);
    }

    private async Task KnowAsync(User user, Guid? deviceId, DateTimeOffset now, bool showsFactor, DateTimeOffset? rememberedUntil, HttpContext http)
    {
        if (deviceId is not null)
        {
            if (showsFactor)
                await db.KnownDevices.Where(d => d.Id == deviceId).ExecuteUpdateAsync(d => d.SetProperty(x => x.FactorShownAt, now).SetProperty(x => x.UserAgent, http.UserAgent())
                    .SetProperty(x => x.RememberedUntil, x => rememberedUntil ?? x.RememberedUntil), CancellationToken.None);
            return;
        }

        // Where nobody has signed in before, every browser is new.
        if (user.LastSignInAt is not null) notices.Add(MailKinds.NewBrowser, user, http);
        var handle = Handles.New();
        db.KnownDevices.Add(new KnownDevice
        {
            UserId = user.Id, HandleHash = Handles.Hash(handle), CreatedAt = now, LastSeenAt = now, UserAgent = http.UserAgent(), FactorShownAt = showsFactor ? now : null, RememberedUntil = rememberedUntil,
        });
        KnownBrowserCookie.Add(http, handle);
    }
}
