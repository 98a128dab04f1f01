using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Playwright;

namespace IdP.UI.Tests.SignIn;

/// <summary>Chromium's own authenticator in software, plugged into one page (WebAuthn WebDriver extension, by the DevTools protocol).</summary>
internal sealed class VirtualAuthenticator(ICDPSession devTools, string id)
{
    public static async Task<VirtualAuthenticator> PlugInAsync(IPage page, bool answers = true)
    {
        var devTools = await page.Context.NewCDPSessionAsync(page);
        await devTools.SendAsync("WebAuthn.enable", new() { ["enableUI"] = false });
        var added = await devTools.SendAsync("WebAuthn.addVirtualAuthenticator", new()
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["ctap2Version"] = "ctap2_1", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = answers,
            },
        });
        return new(devTools, added!.Value.GetProperty("authenticatorId").GetString()!); // an identifier always comes
    }

    /// <summary>Whether the person touches it whenever it is asked.</summary>
    public Task AnswerAsync(bool answers) => devTools.SendAsync("WebAuthn.setAutomaticPresenceSimulation", new() { ["authenticatorId"] = id, ["enabled"] = answers });

    /// <summary>Whether the person is recognised: the right finger, the right PIN.</summary>
    public Task RecogniseAsync(bool recognised) => devTools.SendAsync("WebAuthn.setUserVerified", new() { ["authenticatorId"] = id, ["isUserVerified"] = recognised });

    /// <summary>Leaves in it one passkey for this domain, of which the provider knows nothing.</summary>
    public async Task HoldForeignAsync(string relyingPartyId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await devTools.SendAsync("WebAuthn.clearCredentials", new() { ["authenticatorId"] = id });
        await devTools.SendAsync("WebAuthn.addCredential", new()
        {
            ["authenticatorId"] = id,
            ["credential"] = new Dictionary<string, object>
            {
                ["credentialId"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), ["isResidentCredential"] = true, ["rpId"] = relyingPartyId, ["privateKey"] = Convert.ToBase64String(key.ExportPkcs8PrivateKey()),
                ["userHandle"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(Guid.NewGuid().ToString())), ["signCount"] = 1,
            },
        });
    }

    public async Task<IReadOnlyList<JsonElement>> PasskeysAsync() =>
        [.. (await devTools.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = id }))!.Value.GetProperty("credentials").EnumerateArray()];
}
