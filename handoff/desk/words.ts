// What an agent reads on the desk.
export const WORDS = {
  product: "小二",
  signIn: "登录工作台",
  tokenLabel: "客服令牌",
  signInHelp: "向管理员要一个登录链接（xiaoer tokens code 名字 --link），或粘贴一次令牌。",
  signInButton: "登录",
  secureHelp: "这个地址没有加密，浏览器不会保存登录。请用 https，或在服务所在的机器上打开 http://127.0.0.1。",
} as const;
