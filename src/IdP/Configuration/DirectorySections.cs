using IdP.Audit;
using IdP.Data;
using IdP.Groups;
using IdP.Organizations;
using IdP.Users;
using Microsoft.EntityFrameworkCore;

namespace IdP.Configuration;

/// <summary>Reads <c>roles</c>, <c>groups</c> and <c>organizations</c>.</summary>
internal sealed class DirectorySections(
    IdpDbContext db, CreateRole createRole, CreateGroup createGroup, UpdateGroup updateGroup, CreateOrganization createOrganization, UpdateOrganization updateOrganization, Domains domains)
{
    public async Task ReadAsync(ObjectReader file, Draft draft, CancellationToken ct)
    {
        draft.Roles.UnionWith(await db.Roles.Select(r => r.Name!).ToListAsync(ct)); // never null: CreateRole requires it
        // One in another spelling takes the place, see BuiltInRoles.
        foreach (var name in Role.BuiltIn.Where(name => !draft.Roles.Any(held => held.Equals(name, StringComparison.OrdinalIgnoreCase)) && draft.Roles.Add(name)).ToList()) AddRole("$", name, draft);
        foreach (var (name, json) in draft.Named(file, "roles", "name"))
        {
            json.Finish();
            draft.Log.AddRules(json.Path, RoleRules.Check(name));
            if (draft.Roles.Add(name)) AddRole(json.Path, name, draft);
        }

        var groups = await db.Groups.AsNoTracking().ToDictionaryAsync(g => g.Name, StringComparer.Ordinal, ct);
        draft.Groups.UnionWith(groups.Keys);
        foreach (var (name, json) in draft.Named(file, "groups", "name")) ReadGroup(name, json, groups.GetValueOrDefault(name), draft);

        var organizations = await db.Organizations.AsNoTracking().Include(o => o.Domains).ToDictionaryAsync(o => o.Name, StringComparer.Ordinal, ct);
        draft.Organizations.UnionWith(organizations.Keys);
        var verified = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, json) in draft.Named(file, "organizations", "name")) await ReadOrganizationAsync(name, json, organizations.GetValueOrDefault(name), verified, draft, ct);
    }

    private void AddRole(string path, string name, Draft draft) => draft.Add(Step.Create(path, $"role {name}", ct => createRole.ExecuteAsync(name, ct)));

    private void ReadGroup(string name, ObjectReader json, Group? stored, Draft draft)
    {
        var settings = stored is null ? new() : GroupSettings.From(stored);
        json.OptionalText("description", value => settings.Description = value);
        json.Finish();
        draft.Log.AddRules(json.Path, GroupRules.Check(name, settings));
        draft.Groups.Add(name);
        draft.Add(stored is null
            ? Step.Create(json.Path, $"group {name}", ct => createGroup.ExecuteAsync(name, settings, ct))
            : Step.Update(json.Path, $"group {name}", Change.Between(GroupSettings.From(stored), settings).Select(c => c.ToString()), ct => updateGroup.ExecuteAsync(name, stored.Version, settings, ct)));
    }

    private async Task ReadOrganizationAsync(string name, ObjectReader json, Organization? stored, Dictionary<string, string> verified, Draft draft, CancellationToken ct)
    {
        var settings = stored is null ? new() : OrganizationSettings.From(stored);
        json.OptionalText("displayName", value => settings.DisplayName = value);
        json.Flag("enabled", value => settings.Enabled = value);
        if (json.Objects("domains") is { } entries)
        {
            settings.Domains = [];
            foreach (var domain in entries)
            {
                var (domainName, isVerified) = (domain.RequiredText("name") ?? "", false);
                domain.Flag("verified", value => isVerified = value);
                domain.Finish();
                settings.Domains.Add(new DomainSettings(domainName, isVerified));
                if (isVerified && !verified.TryAdd(domainName, name) && verified[domainName] != name)
                    draft.Log.Add(domain.At("name"), "taken", $"The domain {domainName} is verified for the organization {verified[domainName]} in this file.");
            }
        }
        json.NotYet("branding");
        json.Finish();
        draft.Log.AddRules(json.Path, [.. OrganizationRules.Check(name, settings), .. await domains.CheckFreeAsync(name, settings, ct)]);
        draft.Organizations.Add(name);
        draft.Add(stored is null
            ? Step.Create(json.Path, $"organization {name}", token => createOrganization.ExecuteAsync(name, settings, token))
            : Step.Update(json.Path, $"organization {name}", Change.Between(OrganizationSettings.From(stored), settings).Select(c => c.ToString()), token => updateOrganization.ExecuteAsync(name, stored.Version, settings, token)));
    }
}
