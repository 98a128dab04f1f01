using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Sessions;

/// <summary>The statement that every request with a session cookie begins with, translated once for the life of the server.</summary>
public sealed class SessionQueries
{
    /// <summary>The session of a handle, by the handle's hash; null when there is none.</summary>
    internal Func<IdpDbContext, string, CancellationToken, Task<FoundSession?>> ByHandle { get; } = EF.CompileAsyncQuery((IdpDbContext db, string hash, CancellationToken ct) =>
        db.Sessions.AsNoTracking().Where(s => s.HandleHash == hash).Select(s => new FoundSession
        {
            Session = s,
            Enabled = s.User!.Enabled,
            UserName = s.User.UserName,
            Name = s.User.Name,
            MustChangePassword = s.User.MustChangePassword,
            PasswordChangeReason = s.User.PasswordChangeReason,
            // An app's role that happens to be called as the provider's own opens nothing, see Role.HelpDeskId.
            Roles = db.UserRoles.Where(r => r.UserId == s.UserId && !db.Roles.Any(o => o.Id == r.RoleId && o.Name == Role.HelpDesk && o.Id != Role.HelpDeskId)).Select(r => db.Roles.Where(role => role.Id == r.RoleId).Select(role => role.Name).FirstOrDefault()!).ToList(),
        }).AsSingleQuery().FirstOrDefault());
}

/// <summary>A session and what its person needs to be shown and judged.</summary>
internal sealed class FoundSession
{
    public required Session Session { get; init; }
    public bool Enabled { get; init; }
    public string? UserName { get; init; }
    public string? Name { get; init; }
    public bool MustChangePassword { get; init; }
    public PasswordChangeReason? PasswordChangeReason { get; init; }
    public List<string> Roles { get; init; } = [];
}
