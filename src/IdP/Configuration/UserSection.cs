using IdP.Access;
using IdP.Audit;
using IdP.Credentials.Passwords;
using IdP.Data;
using IdP.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>users</c>. A password in a file is the first one of a new account; the password of somebody who is there already is their own.</summary>
internal sealed class UserSection(IdpDbContext db, CreateUser create, UpdateUser update, DisableUser disable, EnableUser enable, UserLookups lookups, PasswordRules rules, ILookupNormalizer normalizer)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        var entries = draft.Named(file, "users", "userName", StringComparer.OrdinalIgnoreCase);
        var names = entries.ConvertAll(entry => normalizer.NormalizeName(entry.Name));
        draft.Users.UnionWith(names);
        var stored = await db.Users.AsNoTracking().Where(u => names.Contains(u.NormalizedUserName!)).ToDictionaryAsync(u => u.NormalizedUserName!, StringComparer.Ordinal, ct);
        var others = stored.Values.Select(u => u.Id).ToList(); // their names and addresses after this file are those in it
        var references = new UserReferences(draft.Roles, draft.Groups, draft.Organizations);
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
            await ReadAsync(entries[i].Name, entries[i].Json, stored.GetValueOrDefault(names[i]), others, references, taken, draft, ct);
    }

    private async Task ReadAsync(string userName, ObjectReader json, User? stored, List<Guid> others, UserReferences references, Dictionary<string, string> taken, Draft draft, CancellationToken ct)
    {
        var before = stored is null ? new() : await UserSettings.LoadAsync(db, stored, ct);
        var settings = before.Copy();
        settings.UserName = userName;
        var enabled = stored?.Enabled ?? true;
        ReadSettings(json, settings);
        json.Flag("enabled", value => enabled = value);
        var password = ReadPassword(json, draft.Log);
        json.Finish();

        List<Failure> failures = [.. UserRules.Check(settings, references), .. await lookups.CheckUniqueAsync(settings, others, ct)];
        // That of somebody who is there is not used: it must not stop the next start on the day it is found in a breach.
        if (stored is null && await password.CheckAsync(settings, rules, ct) is { } bad) failures.Add(bad);
        if (Claim(normalizer.NormalizeName(userName), userName, taken) is { } namesake)
            failures.Add(Failure.Conflict("taken", $"This is the e-mail address of {namesake} in this file.", "userName"));
        if (settings.Email is not null && Claim(normalizer.NormalizeEmail(settings.Email), userName, taken) is { } neighbour)
            failures.Add(Failure.Conflict("taken", $"{neighbour} has this name or address in this file.", "email"));
        draft.Log.AddRules(json.Path, failures);

        if (stored is null)
        {
            draft.Add(Step.Create(json.Path, $"user {userName}", token => create.ExecuteAsync(settings, password, enabled, token)));
            return;
        }
        draft.Add(Step.Update(json.Path, $"user {userName}", Change.Between(before, settings).Select(c => c.ToString()), token => update.ExecuteAsync(stored.Id, stored.ConcurrencyStamp, settings, token)));
        if (enabled != stored.Enabled)
            draft.Add(Step.Update(json.Path, $"user {userName}", [enabled ? "enable" : "disable"], token => enabled ? enable.ExecuteAsync(stored.Id, token) : disable.ExecuteAsync(stored.Id, "Disabled by a configuration file", token)));
    }

    /// <summary>Who else in the file has this name or address; null when it is now this user's.</summary>
    private static string? Claim(string key, string userName, Dictionary<string, string> taken) =>
        taken.TryAdd(key, userName) || string.Equals(taken[key], userName, StringComparison.OrdinalIgnoreCase) ? null : taken[key];

    private static void ReadSettings(ObjectReader json, UserSettings settings)
    {
        json.OptionalText("email", value => settings.Email = value);
        json.Flag("emailVerified", value => settings.EmailVerified = value);
        json.OptionalText("phoneNumber", value => settings.PhoneNumber = value);
        json.Flag("phoneNumberVerified", value => settings.PhoneNumberVerified = value);
        json.OptionalText("name", value => settings.Name = value);
        json.OptionalText("givenName", value => settings.GivenName = value);
        json.OptionalText("familyName", value => settings.FamilyName = value);
        json.OptionalText("locale", value => settings.Locale = value);
        json.Texts("groups", value => settings.Groups = value);
        json.Texts("roles", value => settings.Roles = value);
        if (json.Objects("claims") is { } claims)
        {
            settings.Claims = [];
            foreach (var claim in claims)
            {
                var (type, value) = (claim.RequiredText("type"), claim.RequiredJson("value"));
                claim.Finish();
                settings.Claims.Add(new UserClaim(type ?? "", value ?? "")); // what could not be read is reported already
            }
        }
        if (json.Objects("organizations") is { } organizations)
        {
            settings.Organizations = [];
            foreach (var organization in organizations)
            {
                var membership = new Membership(organization.RequiredText("name") ?? "", []);
                organization.Texts("roles", roles => membership = membership with { Roles = roles });
                organization.Finish();
                settings.Organizations.Add(membership);
            }
        }
    }

    private static InitialPassword ReadPassword(ObjectReader json, ReadLog log)
    {
        InitialPassword password = new InitialPassword.None();
        json.Text("password", value => password = new InitialPassword.Chosen(value));
        if (json.Object("passwordHash") is { } hash)
        {
            if (json.Has("password")) log.Add(hash.Path, "two_passwords", "A user has either a password or a passwordHash.");
            var (format, value) = (hash.RequiredText("format"), hash.RequiredText("value"));
            hash.Finish();
            if (format is not null && value is not null) password = new InitialPassword.Imported(format, value);
        }
        return password;
    }
}
