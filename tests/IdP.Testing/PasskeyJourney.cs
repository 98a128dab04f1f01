using System.Text.Json;

namespace IdP.Testing;

/// <summary>What the script of a page with a passkey form does, for a browser without script.</summary>
public static class PasskeyJourney
{
    /// <summary>Asks for a challenge with the form that is being shown and sends the authenticator's answer. The direct answer.</summary>
    public static async Task<Page> AnswerPasskeyAsync(this BrowserClient browser, Page page, SoftwareAuthenticator authenticator, IEnumerable<KeyValuePair<string, string>>? values = null)
    {
        var (form, challenge) = await browser.ChallengeAsync(page);
        return await browser.SubmitAsync(form, [new("credential", authenticator.Get(challenge.Options)), new("state", challenge.State), .. values ?? []]);
    }

    /// <summary>Registers a passkey in the account of whoever is signed in. The direct answer.</summary>
    public static async Task<Page> AddPasskeyAsync(this BrowserClient browser, SoftwareAuthenticator authenticator, string name = "")
    {
        var (form, challenge) = await browser.ChallengeAsync(await browser.OpenAsync("/account/security"));
        return await browser.SubmitAsync(form, [new("credential", authenticator.Create(challenge.Options)), new("state", challenge.State), new("name", name)]);
    }

    public static async Task<(HtmlForm Form, (JsonElement Options, string State) Challenge)> ChallengeAsync(this BrowserClient browser, Page page)
    {
        var form = page.FormWith("credential");
        // Where the page's script asks, beside where its form goes.
        var answer = await browser.PostAsync(form.Action.AbsolutePath + "/options", form.Fill([]));
        if ((int)answer.Status != 200) throw new InvalidOperationException($"No challenge ({(int)answer.Status}): {answer.Body}");
        using var json = JsonDocument.Parse(answer.Body);
        return (form, (json.RootElement.GetProperty("options").Clone(), json.RootElement.GetProperty("state").GetString()!)); // strings both
    }
}
