using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Load;

/// <summary>Scenarios in which one answer leads to the next request.</summary>
internal static class Journeys
{
    private const int MaxHops = 12;
    private static int nextUser;

    /// <summary>Each connection has a refresh token of its own and trades it for the next one, as an app does.</summary>
    public static async Task<IReadOnlyList<Script>> RefreshAsync(Subject subject, int connections)
    {
        List<Script> scripts = [];
        using var party = subject.Party(BenchClients.App);
        for (var i = 0; i < connections; i++)
        {
            using var browser = new BrowserClient(subject.Origin);
            var tokens = await party.SignInAsync(browser, BenchClients.Scope, NextUser(subject));
            scripts.Add(client => Refresh(client, subject, tokens.RefreshToken ?? throw new InvalidOperationException("No refresh token: " + tokens.Body)));
        }
        return scripts;
    }

    /// <summary>A new browser each time: authorization request, sign-in page, its form, back to the app, code exchange.</summary>
    public static Task<IReadOnlyList<Script>> SignInAsync(Subject subject, int connections) =>
        Task.FromResult<IReadOnlyList<Script>>([.. Enumerable.Repeat<Script>(client => Visit(client, subject, null, exchange: true), connections)]);

    /// <summary>A browser that is signed in already.</summary>
    public static async Task<IReadOnlyList<Script>> WithSessionAsync(Subject subject, int connections, bool exchange)
    {
        List<Script> scripts = [];
        using var party = subject.Party(BenchClients.App);
        for (var i = 0; i < connections; i++)
        {
            using var browser = new BrowserClient(subject.Origin);
            await party.SignInAsync(browser, BenchClients.Scope, NextUser(subject));
            var cookies = browser.Cookies.GetCookieHeader(new Uri(subject.Origin, "/connect/authorize"));
            scripts.Add(client => Visit(client, subject, cookies, exchange));
        }
        return scripts;
    }

    public static async Task<IReadOnlyList<Script>> UserSearchAsync(Subject subject, int connections)
    {
        using var browser = new BrowserClient(subject.Origin);
        var signIn = await browser.OpenAsync("/console/users");
        var owner = BenchClients.User(0);
        var page = await browser.FollowAsync(await browser.SignInAsync(signIn, owner.UserName, owner.Password));
        if (!page.Body.Contains("@example.test", StringComparison.Ordinal)) throw new InvalidOperationException($"The console does not list people: {page.Url} {page.Body}");
        var cookies = browser.Cookies.GetCookieHeader(new Uri(subject.Origin, "/console"));
        return [.. Enumerable.Range(0, connections).Select<int, Script>(i => client => Search(client, subject, cookies, i))];
    }

    private static IEnumerable<byte[]?> Refresh(Client client, Subject subject, string token)
    {
        while (true)
        {
            yield return Request.Form(subject.Token, [new("grant_type", "refresh_token"), new("refresh_token", token)], client: BenchClients.App);
            client.Expect(200, "\"id_token\""u8);
            var next = Member(client.Answer.Body, "refresh_token"u8);
            if (next == token) throw new InvalidOperationException("The refresh token was not rotated.");
            token = next;
            yield return null;
        }
    }

    private static IEnumerable<byte[]?> Visit(Client client, Subject subject, string? session, bool exchange)
    {
        using var party = subject.Party(BenchClients.App);
        while (true)
        {
            var jar = new Jar();
            var request = party.NewRequest(BenchClients.Scope);
            var user = NextUser(subject);
            string? code = null;
            var here = new Uri(subject.Origin, request.Url);
            var next = Request.Get(here, session);
            for (var hops = 0; code is null; hops++)
            {
                if (hops == MaxHops) throw new InvalidOperationException($"The browser goes in circles; it is at {here}.");
                yield return next;
                jar.Keep(client.Answer);
                if (client.Answer.Header("Location") is { } location)
                {
                    here = new Uri(here, location);
                    if (location.StartsWith(BenchClients.RedirectUri, StringComparison.Ordinal)) code = QueryHelpers.ParseQuery(here.Query)["code"].ToString() is { Length: > 0 } given ? given : throw new InvalidOperationException("No code came back: " + location);
                    else next = Request.Get(here, session ?? jar.Header);
                }
                else if (session is null && HtmlForm.ParseAll(client.Answer.Text, here).FirstOrDefault(form => form.Has("password") || form.Has("username")) is { } form)
                {
                    here = form.Action;
                    // One page for both or one after the other, as the server has it.
                    next = Request.Form(here, form.Fill(form.Has("password") ? [new("username", user.UserName), new("password", user.Password)] : [new("username", user.UserName)]), jar.Header);
                }
                else throw new InvalidOperationException($"No way on from {here} ({client.Answer.Status}): {client.Answer.Text}");
            }

            if (exchange)
            {
                yield return Request.Form(subject.Token, [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", BenchClients.RedirectUri), new("code_verifier", request.Verifier)], client: BenchClients.App);
                client.Expect(200, "\"id_token\""u8);
            }
            yield return null;
        }
    }

    private static IEnumerable<byte[]?> Search(Client client, Subject subject, string cookies, int first)
    {
        for (var i = first; ; i++)
        {
            var name = BenchClients.User(i % subject.Users).UserName;
            yield return Request.Get(new Uri(subject.Origin, "/console/users?q=" + name), cookies);
            client.Expect(200, System.Text.Encoding.ASCII.GetBytes($"{name}@example.test"));
            yield return null;
        }
    }

    /// <summary>Everybody in turn; the administrator is left alone.</summary>
    private static TestUser NextUser(Subject subject) => BenchClients.User(1 + (nextUser++ % (subject.Users - 1)));

    private static string Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.PropertyName && reader.ValueTextEquals(name) && reader.Read()) return reader.GetString() ?? "";
        throw new InvalidOperationException("The answer has no such member.");
    }
}
