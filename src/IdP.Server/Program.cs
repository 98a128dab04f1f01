using IdP.Server;

return await CommandLine.RunAsync(args);
