using IdP.Clients;

namespace IdP.Configuration;

/// <summary>Reads <c>clientSecrets</c> and <c>apiSecrets</c>.</summary>
internal static class SecretSection
{
    public static IReadOnlyList<ChosenSecret>? Read(ObjectReader owner, string name)
    {
        if (owner.Objects(name) is not { } entries) return null;
        List<ChosenSecret> secrets = [];
        foreach (var json in entries)
        {
            var secret = new ChosenSecret(null, null);
            json.Text("value", value => secret = secret with { Value = value });
            json.Text("hash", value => secret = secret with { Hash = value });
            json.OptionalText("description", value => secret = secret with { Description = value });
            json.Instant("expiration", value => secret = secret with { ExpiresAt = value });
            json.Finish();
            secrets.Add(secret);
        }
        return secrets;
    }
}
