namespace IdP.Testing;

/// <summary>What a device got to show and to poll with (RFC 8628 3.2).</summary>
public sealed record StartedDevice(string DeviceCode, string UserCode, Uri VerificationUri, Uri VerificationUriComplete);

/// <summary>The device grant as its two sides play it: the device, and the person with a browser.</summary>
public static class DeviceJourney
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    public static async Task<StartedDevice> StartDeviceAsync(this RelyingParty device, string scope)
    {
        var answer = (await device.PostAsync("/connect/deviceauthorization", [new("scope", scope)])).Expected();
        return new StartedDevice(
            answer.Text("device_code")!, answer.Text("user_code")!, new Uri(answer.Text("verification_uri")!), new Uri(answer.Text("verification_uri_complete")!)); // required by RFC 8628, or the test ends here
    }

    public static Task<TokenAnswer> PollAsync(this RelyingParty device, StartedDevice started) => device.TokenAsync([new("grant_type", GrantType), new("device_code", started.DeviceCode)]);

    /// <summary>Types the code, signs in when asked, and stops at the page that asks to confirm (or shows what is wrong).</summary>
    public static async Task<Page> EnterCodeAsync(this BrowserClient browser, string code, TestUser? user = null)
    {
        var page = await browser.OpenAsync("/device");
        page = await browser.FollowAsync(await browser.SubmitAsync(page.FormWith("user_code"), [new("user_code", code)]));
        return user is not null && page.AsksToSignIn ? await browser.FollowAsync(await browser.SignInAsync(page, user.UserName, user.Password)) : page;
    }

    /// <summary>The whole journey of the person; answers the last page.</summary>
    public static async Task<Page> ConnectDeviceAsync(this BrowserClient browser, string code, TestUser? user = null, bool allow = true) =>
        await browser.AnswerDeviceAsync(await browser.EnterCodeAsync(code, user), allow);

    public static async Task<Page> AnswerDeviceAsync(this BrowserClient browser, Page confirm, bool allow = true) =>
        await browser.FollowAsync(await browser.SubmitAsync(confirm.FormWith("shown"), [], new("decision", allow ? "allow" : "deny")));
}
