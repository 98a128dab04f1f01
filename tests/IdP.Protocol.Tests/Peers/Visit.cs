namespace IdP.Protocol.Tests.Peers;

/// <summary>A person's visit to an app nobody here wrote: through every origin on the way, by redirect or by a form that posts itself.</summary>
internal static class Visit
{
    private const int MaxSteps = 15;

    /// <summary>Goes on until a page is left to read; signs in where a password is asked for, if somebody is given.</summary>
    public static async Task<Page> VisitAsync(this BrowserClient browser, Uri url, TestUser? user = null)
    {
        var page = await browser.AskAsync(url);
        for (var step = 0; step < MaxSteps; step++)
        {
            if (page.IsRedirect) page = await browser.AskAsync(page.Location!); // a redirect has a location
            else if (user is not null && page.AsksToSignIn) page = await browser.SignInAsync(page, user.UserName, user.Password);
            else if (page.Forms is [{ } form] && form.Has("state") && form.Action.Authority != page.Url.Authority) page = await browser.SubmitAsync(form, []); // response_mode=form_post
            else return page;
        }

        throw new InvalidOperationException($"More than {MaxSteps} steps; the last shows {page.Url} ({(int)page.Status}).");
    }

    /// <summary>One request as a browser asks for a page: some apps send only those to the provider, and answer a plain 401 to the rest.</summary>
    public static async Task<Page> AskAsync(this BrowserClient browser, Uri url) =>
        await browser.SendAsync(new HttpRequestMessage(HttpMethod.Get, url) { Headers = { Accept = { new("text/html") } } });
}
