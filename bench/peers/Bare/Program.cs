using Bare;

return args is ["alone", var operation, var seconds] ? Alone.Run(operation, seconds) : await Endpoints.RunAsync(args);
