using System.Net;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;

namespace OpenIddictSample;

internal static class LoginEndpoints
{
    public static void MapLogin(this WebApplication app)
    {
        app.MapGet("/login", (HttpContext http, IAntiforgery antiforgery, string? returnUrl) => Form(http, antiforgery, returnUrl, ""));
        app.MapPost("/login", async (HttpContext http, IAntiforgery antiforgery, SignInManager<IdentityUser> signIn, [FromForm] string username, [FromForm] string password, [FromForm] string? returnUrl) =>
            (await signIn.PasswordSignInAsync(username, password, isPersistent: false, lockoutOnFailure: true)).Succeeded
                ? Results.LocalRedirect(returnUrl ?? "/")
                : Form(http, antiforgery, returnUrl, "Wrong user name or password."));
    }

    private static IResult Form(HttpContext http, IAntiforgery antiforgery, string? returnUrl, string message)
    {
        var tokens = antiforgery.GetAndStoreTokens(http);
        return Results.Content($"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title><main><h1>Sign in</h1><p>{message}</p><form method="post" action="/login">
            <input type="hidden" name="{tokens.FormFieldName}" value="{tokens.RequestToken}"><input type="hidden" name="returnUrl" value="{WebUtility.HtmlEncode(returnUrl)}">
            <label>User name <input name="username"></label><label>Password <input name="password" type="password"></label><button>Sign in</button></form></main></html>
            """, "text/html");
    }
}
