using Spa;

var builder = WebApplication.CreateBuilder(args);
var settings = new
{
    authority = builder.Configuration.GetRequired("Authority"),
    clientId = builder.Configuration.GetRequired("ClientId"),
    apiUrl = builder.Configuration.GetRequired("ApiUrl"),
    scope = builder.Configuration.GetRequired("Scope"),
};
builder.Services.AddHttpClient();
builder.Services.AddHostedService<ProviderCheck>();

var app = builder.Build();

#region docs_csp
// A script from elsewhere could take the tokens out of the page, so only our own runs, and the page talks to these two hosts only.
var provider = new Uri(settings.authority).GetLeftPart(UriPartial.Authority);
var api = new Uri(settings.apiUrl).GetLeftPart(UriPartial.Authority);
var policy = $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {provider} {api}; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

app.Use((context, next) =>
{
    context.Response.Headers.ContentSecurityPolicy = policy;
    context.Response.Headers["Referrer-Policy"] = "no-referrer"; // the callback's address carries the code
    context.Response.Headers["X-Content-Type-Options"] = "nosniff";
    return next();
});
#endregion

app.UseStaticFiles();
app.MapGet("/config.json", () => settings);
app.MapFallbackToFile("/callback", "index.html");
app.MapFallbackToFile("/", "index.html");
app.Run();
