/**
 * Imported first by what is run by hand: the AWS SDK warns on Node 20, which this project supports for as long as the
 * SDK does (until January 2027); a student can do nothing about it.
 */
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
